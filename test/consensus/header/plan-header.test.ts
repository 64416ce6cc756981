import test from 'ava';
import {verifyHeaderWork} from '#consensus/header/header-work';
import {type PlanContext, planHeader, settleHeader} from '#consensus/header/plan-header';
import {accepted} from '#consensus/header/rules/accepted';
import {validateHeader} from '#consensus/header/validate-header';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {crypto} from '../../support/crypto.ts';
import {changedHeader} from '../../support/header-work.ts';
import {
	flipped,
	forgeTestChain,
	forgeTestHeader,
	nextSlotOf,
	testCertificate,
	testLedgerView,
	testPool,
} from '../../support/praos.ts';

const params = testParams;
const pools = [testPool(1), testPool(2), testPool(3)];
const [pool, stranger] = [testPool(1), testPool(9)];
const ledgerView = testLedgerView([pool]);
const state = genesisPraosState(Hash32(new Uint8Array(32).fill(6)));
const context: PlanContext = {crypto, params, ledgerView, state, parent: 'origin'};
const slot = nextSlotOf({params, state, pool, ledgerView, from: 0});
const forging = {params, state, parent: 'origin', slot, pool} as const;

test('plans a whole chain before anything of it is verified, over an epoch’s end', t => {
	const view = testLedgerView(pools);
	const {blocks, state: last} = forgeTestChain({params, state, pools, count: 60});
	let planned: Pick<PlanContext, 'state' | 'parent'> = {state, parent: 'origin'};
	const works = blocks.map(({header}) => {
		const plan = planHeader({...context, ledgerView: view, ...planned}, header);
		planned = {state: plan.next ?? state, parent: header};
		return plan.work;
	});
	t.deepEqual(planned.state, last);
	t.true(last.epoch > 0);
	t.true(works.reverse().every(work => work !== undefined && verifyHeaderWork(crypto, work).ok));
});

test('asks for no work on a header that breaks a rule before all signatures', t => {
	const header = forgeTestHeader(forging);
	const plan = planHeader({...context, parent: header}, header);
	t.deepEqual(plan, {
		next: undefined,
		work: undefined,
		failure: {code: 'HEADER_BLOCK_NUMBER_WRONG', expected: 1, blockNo: header.blockNo},
	});
	const late = planHeader({...context, params: {...params, maxKesEvolutions: 0}}, header);
	t.deepEqual(late, {
		next: undefined,
		work: undefined,
		failure: {code: 'OPCERT_EXPIRED', period: 0n, startPeriod: 0n},
	});
});

test('a bad signature counts before a wrong counter, a right one does not hide it', t => {
	const counters = new Map([[toHex(pool.poolId), 7n]]);
	const outdated = {...context, state: {...state, counters}};
	const signed = forgeTestHeader(forging);
	const plan = planHeader(outdated, signed);
	t.is(plan.work?.vrf, undefined);
	const tooSmall = {code: 'OPCERT_COUNTER_TOO_SMALL', counter: 0n, last: 7n} as const;
	t.deepEqual(plan.failure, tooSmall);
	t.deepEqual(validateHeader({...outdated, crypto}, signed), {ok: false, error: tooSmall});
	const forged = changedHeader(signed, {bodySize: 1});
	t.deepEqual(planHeader(outdated, forged).failure, tooSmall);
	t.deepEqual(validateHeader({...outdated, crypto}, forged), {
		ok: false,
		error: {code: 'KES_SIGNATURE_INVALID', evolution: 0},
	});
});

test('a bad certificate counts before an unknown pool, of whose proof nobody asks', t => {
	const good = testCertificate(stranger.coldSeed, stranger.kesSeed, 0n, 0n);
	const foreign = forgeTestHeader({...forging, pool: stranger, operationalCertificate: good});
	const plan = planHeader(context, foreign);
	t.deepEqual(plan.failure, {code: 'OPCERT_COUNTER_UNKNOWN', poolId: stranger.poolId});
	t.is(plan.work?.vrf, undefined);
	const {signature} = good;
	const bad = forgeTestHeader({
		...forging,
		pool: stranger,
		operationalCertificate: {...good, signature: flipped(signature, 9)},
	});
	t.deepEqual(validateHeader({...context, crypto}, bad), {
		ok: false,
		error: {code: 'OPCERT_SIGNATURE_INVALID', issuerVk: stranger.issuerVk},
	});
});

test('a bad proof counts before a slot that was not won', t => {
	const missed = Array.from({length: 60}, (_, at) => at).find(
		at => nextSlotOf({params, state, pool, ledgerView, from: at}) !== at,
	) as number;
	const header = forgeTestHeader({...forging, slot: missed});
	const plan = planHeader(context, header);
	t.is(plan.failure?.code, 'HEADER_NOT_SLOT_LEADER');
	t.not(plan.work?.vrf, undefined);
	const other = {...state, epochNonce: Hash32(new Uint8Array(32))};
	const stale = forgeTestHeader({...forging, slot: missed, state: other});
	t.deepEqual(validateHeader({...context, crypto}, stale), {ok: false, error: {code: 'VRF_PROOF_INVALID'}});
});

test('a header is settled by its work first, then by its plan', t => {
	const header = forgeTestHeader(forging);
	const plan = planHeader(context, header);
	t.deepEqual(settleHeader(plan, accepted), {ok: true, value: plan.next});
	const bad = {ok: false, error: {code: 'VRF_PROOF_INVALID'}} as const;
	t.deepEqual(settleHeader(plan, bad), bad);
	const hopeless = planHeader({...context, ledgerView: undefined}, header);
	t.deepEqual(settleHeader(hopeless, bad), {
		ok: false,
		error: {code: 'LEDGER_VIEW_UNAVAILABLE', epoch: 0},
	});
});
