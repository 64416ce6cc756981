import test from 'ava';
import fc from 'fast-check';
import {sealHeader} from '#consensus/header/encode-header';
import {decodeHeader, type Header} from '#consensus/header/header';
import {type HeaderContext, validateHeader} from '#consensus/header/validate-header';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {genesisPraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {toHex} from '#kernel/bytes';
import {Hash32, type HeaderHash} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import type {Failure, Result} from '#kernel/result';
import {BlockNo} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';
import {
	emptySegments,
	flipped,
	forgeTestChain,
	forgeTestHeader,
	nextSlotOf,
	type TestForging,
	testCertificate,
	testLedgerView,
	testPool,
} from '../../support/praos.ts';

const params = testParams;
const pool = testPool(1);
const stranger = testPool(2);
const ledgerView = testLedgerView([pool]);
const genesis = genesisPraosState(crypto.blake2b256(encodeUtf8('genesis')));
const base = forgeTestChain({params, state: genesis, pools: [pool], count: 3});
const context: HeaderContext = {crypto, params, ledgerView, state: base.state, parent: base.tip};
const parentSlot = base.tip === 'origin' ? 0 : base.tip.slot;
const slot = nextSlotOf({params, state: base.state, pool, ledgerView, from: parentSlot + 1});
const good: TestForging = {params, state: base.state, parent: base.tip, slot, pool};
const header = forgeTestHeader(good);
const otherHash = Hash32(new Uint8Array(32).fill(7));

const failure = (outcome: Result<unknown, Failure>): unknown => (outcome.ok ? 'accepted' : outcome.error);
const judged = (changed: Header, changes: Partial<HeaderContext> = {}): unknown =>
	failure(validateHeader({...context, ...changes}, changed));

/** A period late enough for certificates to be early or late: the slot in KES period 70. */
const lateSlot = 70 * params.slotsPerKesPeriod + 3;
const certificate = (counter: bigint, startPeriod: bigint) =>
	testCertificate(pool.coldSeed, pool.kesSeed, counter, startPeriod);
/** The first slot from `lateSlot` on that the pool leads, with a certificate that starts in `startPeriod`. */
const lateHeader = (startPeriod: bigint, counter = 0n): Header => {
	const late = nextSlotOf({params, state: base.state, pool, ledgerView, from: lateSlot});
	return forgeTestHeader({...good, slot: late, operationalCertificate: certificate(counter, startPeriod)});
};

test('accepts a header that its slot leader made on top of the parent', t => {
	const outcome = validateHeader(context, header);
	const ticked = tickPraos(crypto, params, base.state, header.slot);
	t.deepEqual(outcome, {ok: true, value: updatePraos(crypto, params, ticked, header)});
});

test('accepts a first header on top of origin', t => {
	const first = forgeTestChain({params, state: genesis, pools: [pool], count: 1}).blocks[0];
	t.is(judged(first?.header as Header, {state: genesis, parent: 'origin'}), 'accepted');
});

test('judges alike with caches, however often', t => {
	const caches = {thresholds: new ThresholdCache(), certificates: new CertificateCache()};
	const foreign = testCertificate(stranger.coldSeed, pool.kesSeed, 0n, 0n);
	const forged = forgeTestHeader({...good, operationalCertificate: foreign});
	for (let round = 0; round < 2; round++) {
		t.is(judged(header, caches), 'accepted');
		t.deepEqual(judged(forged, caches), {code: 'OPCERT_SIGNATURE_INVALID', issuerVk: pool.issuerVk});
	}
});

test('rejects a block number that leaves a gap', t => {
	const parent = base.blocks[1]?.header as Header;
	const gap = forgeTestHeader({...good, parent: {...header, blockNo: BlockNo(header.blockNo)}});
	t.deepEqual(judged(gap, {parent}), {
		code: 'HEADER_BLOCK_NUMBER_WRONG',
		expected: parent.blockNo + 1,
		blockNo: gap.blockNo,
	});
});

test('rejects a header whose slot is not after its parent', t => {
	const same = forgeTestHeader({...good, slot: parentSlot});
	t.deepEqual(judged(same), {code: 'HEADER_SLOT_NOT_AFTER_PARENT', parentSlot, slot: parentSlot});
});

test('rejects a header that names another parent', t => {
	const parent = base.tip === 'origin' ? base.tip : {...base.tip, hash: otherHash};
	t.deepEqual(judged(header, {parent}), {
		code: 'HEADER_PREVIOUS_HASH_WRONG',
		expected: otherHash,
		prevHash: header.prevHash,
	});
});

test('rejects a header that a checkpoint excludes, and accepts the one it names', t => {
	const checkpoints = (hash: HeaderHash) => new Map([[header.blockNo, hash]]);
	t.is(judged(header, {checkpoints: checkpoints(header.hash)}), 'accepted');
	t.deepEqual(judged(header, {checkpoints: checkpoints(otherHash)}), {
		code: 'HEADER_CHECKPOINT_MISMATCH',
		blockNo: header.blockNo,
		expected: otherHash,
		hash: header.hash,
	});
});

test('rejects a protocol version that this node does not know', t => {
	const major = params.protocolVersionMax + 1;
	const future = forgeTestHeader({...good, protocolVersion: {major, minor: 0}});
	t.deepEqual(judged(future), {
		code: 'HEADER_PROTOCOL_VERSION_UNKNOWN',
		major,
		majorMax: params.protocolVersionMax,
	});
});

test('rejects a header above the limit of bytes', t => {
	const bytesMax = header.bytes.length - 1;
	t.deepEqual(judged(header, {params: {...params, headerBytesMax: bytesMax}}), {
		code: 'HEADER_TOO_LARGE',
		bytes: header.bytes.length,
		bytesMax,
	});
});

test('rejects a header that announces a body above the limit of bytes', t => {
	const segments = [...emptySegments.slice(1), new Uint8Array(params.bodyBytesMax)] as never;
	const large = forgeTestHeader({...good, segments});
	t.deepEqual(judged(large), {
		code: 'HEADER_BODY_TOO_LARGE',
		bytes: params.bodyBytesMax + 3,
		bytesMax: params.bodyBytesMax,
	});
});

test('holds a header back while the stake snapshot of its epoch is unknown', t => {
	t.deepEqual(judged(header, {ledgerView: undefined}), {code: 'LEDGER_VIEW_UNAVAILABLE', epoch: 0});
});

test('accepts a certificate from its first KES period to its last', t => {
	t.is(judged(lateHeader(70n)), 'accepted');
	t.is(judged(lateHeader(9n)), 'accepted');
});

test('rejects a certificate that starts in a later KES period', t => {
	t.deepEqual(judged(lateHeader(71n)), {code: 'OPCERT_NOT_YET_VALID', period: 70n, startPeriod: 71n});
});

test('rejects a certificate after its last KES period', t => {
	t.deepEqual(judged(lateHeader(8n)), {code: 'OPCERT_EXPIRED', period: 70n, startPeriod: 8n});
});

test('rejects a certificate that another cold key signed', t => {
	const foreign = testCertificate(stranger.coldSeed, pool.kesSeed, 0n, 0n);
	const forged = forgeTestHeader({...good, operationalCertificate: foreign});
	t.deepEqual(judged(forged), {code: 'OPCERT_SIGNATURE_INVALID', issuerVk: pool.issuerVk});
});

test('rejects a header whose KES signature is not of its bytes', t => {
	const bad = sealHeader(crypto, header, flipped(header.kesSignature, 3));
	t.deepEqual(judged(bad), {code: 'KES_SIGNATURE_INVALID', evolution: 0});
});

test('takes the pool’s last counter and the next one, and no other', t => {
	const state = {...base.state, counters: new Map([[toHex(pool.poolId), 5n]])};
	const outcome = (counter: bigint): unknown =>
		judged(forgeTestHeader({...good, operationalCertificate: certificate(counter, 0n)}), {state});
	t.is(outcome(5n), 'accepted');
	t.is(outcome(6n), 'accepted');
	t.deepEqual(outcome(4n), {code: 'OPCERT_COUNTER_TOO_SMALL', counter: 4n, last: 5n});
	t.deepEqual(outcome(7n), {code: 'OPCERT_COUNTER_TOO_LARGE', counter: 7n, last: 5n});
});

test('takes counter 0 or 1 from a pool that was not seen before', t => {
	const state = {...base.state, counters: new Map()};
	const outcome = (counter: bigint): unknown =>
		judged(forgeTestHeader({...good, operationalCertificate: certificate(counter, 0n)}), {state});
	t.is(outcome(0n), 'accepted');
	t.is(outcome(1n), 'accepted');
	t.deepEqual(outcome(2n), {code: 'OPCERT_COUNTER_TOO_LARGE', counter: 2n, last: 0n});
});

test('rejects a pool that has neither counter nor stake', t => {
	const foreign = forgeTestHeader({...good, pool: stranger});
	t.deepEqual(judged(foreign), {code: 'OPCERT_COUNTER_UNKNOWN', poolId: stranger.poolId});
});

test('rejects a pool that is no longer in the stake snapshot', t => {
	t.deepEqual(judged(header, {ledgerView: {pool: () => undefined}}), {
		code: 'HEADER_POOL_UNKNOWN',
		poolId: pool.poolId,
	});
});

test('rejects a VRF key that the pool did not register', t => {
	const view = {pool: () => ({stake: Ratio(1n, 1n), vrfKeyHash: stranger.vrfKeyHash})};
	t.deepEqual(judged(header, {ledgerView: view}), {
		code: 'VRF_KEY_WRONG',
		expected: stranger.vrfKeyHash,
		actual: pool.vrfKeyHash,
	});
});

test('rejects a VRF proof for another nonce', t => {
	const other = forgeTestHeader({...good, state: {...base.state, epochNonce: otherHash}});
	t.deepEqual(judged(other), {code: 'VRF_PROOF_INVALID'});
});

test('rejects a VRF output that is not the proven one', t => {
	const {vrfOutput} = header;
	const claimed = forgeTestHeader({...good, claimedVrfOutput: flipped(vrfOutput, 63)});
	t.deepEqual(judged(claimed), {code: 'VRF_OUTPUT_WRONG', proven: vrfOutput});
});

test('rejects a pool that was not drawn for the slot', t => {
	const leads = new Set<number>();
	for (let from = parentSlot + 1; from < parentSlot + 40; from++)
		leads.add(nextSlotOf({params, state: base.state, pool, ledgerView, from}));
	const missed = [...Array(40).keys()].map(n => n + parentSlot + 1).find(n => !leads.has(n)) as number;
	t.deepEqual(judged(forgeTestHeader({...good, slot: missed})), {
		code: 'HEADER_NOT_SLOT_LEADER',
		stake: Ratio(1n, 1n),
	});
});

test('any one bit of a header is one that somebody signed or counted', t => {
	fc.assert(
		fc.property(fc.nat(header.bytes.length - 1), fc.nat(7), (at, bit) => {
			const decoded = decodeHeader(crypto, flipped(header.bytes, at, bit));
			return !decoded.ok || !validateHeader(context, decoded.value).ok;
		}),
		{numRuns: 500},
	);
	t.pass();
});

test('a chain of several pools is valid across an epoch, block by block', t => {
	const pools = [testPool(3), testPool(4), testPool(5)];
	const view = testLedgerView(pools);
	const chain = forgeTestChain({params, state: genesis, pools, ledgerView: view, count: 60});
	const caches = {thresholds: new ThresholdCache(), certificates: new CertificateCache()};
	let state = genesis;
	let parent: HeaderContext['parent'] = 'origin';
	for (const block of chain.blocks) {
		const outcome = validateHeader(
			{crypto, params, ledgerView: view, state, parent, ...caches},
			block.header,
		);
		t.true(outcome.ok);
		if (!outcome.ok) return;
		state = outcome.value;
		parent = block.header;
	}
	t.deepEqual(state, chain.state);
	t.true(state.epoch > 0);
});
