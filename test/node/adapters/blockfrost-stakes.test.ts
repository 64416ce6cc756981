import test, {type ExecutionContext} from 'ava';
import {encodeBech32} from '#kernel/bech32';
import {toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {createBlockfrostStakes} from '#node/adapters/blockfrost-stakes';
import {openCardanoStakes} from '#node/adapters/cardano-index';
import {createPatientJson} from '#node/adapters/patient-json';
import {type Answer, codeOf, json, serve} from '../../support/scripted-kupo.ts';

const BLOCK = {slot: 500, hash: Hash32(new Uint8Array(32).fill(7))};
const [east, west] = [1, 2].map(byte => Hash28(new Uint8Array(28).fill(byte))) as [Hash28, Hash28];
const stakesAt = async (t: ExecutionContext, answer: Answer) =>
	createBlockfrostStakes(
		{url: `${await serve(t, answer)}api/v0`, projectId: 'project'},
		createPatientJson({triesMax: 1}),
	);

/** As its public documentation says, made by hand: the epoch of a block, and each delegator's part of a pool's active stake. */
const documented =
	(delegators: number): Answer =>
	(request, response) => {
		const answer = (value: unknown, status?: number): void => json(value, status)(request, response);
		const {pathname, searchParams} = new URL(request.url ?? '', 'http://localhost');
		if (pathname === `/api/v0/blocks/${toHex(BLOCK.hash)}`) return answer({epoch: 412, slot: BLOCK.slot});
		if (pathname !== `/api/v0/epochs/412/stakes/${encodeBech32('pool', east)}`) return answer({}, 404);
		const page = Number(searchParams.get('page'));
		const rows = Array.from({length: delegators}, (_, index) => ({
			stake_address: `stake1${index}`,
			amount: String(1_000_000 + index),
		}));
		return answer(rows.slice((page - 1) * 100, page * 100));
	};

test('adds up what the delegators of each pool have staked in the epoch of the block, over all pages', async t => {
	const stakes = await stakesAt(t, documented(250));
	const sum = 250n * 1_000_000n + (249n * 250n) / 2n;
	t.deepEqual(await stakes.activeStake(BLOCK, [east, west]), [sum, 0n]);
});

test('refuses answers of another form', async t => {
	const wrong: readonly unknown[] = [{}, {epoch: -1}, {epoch: '412'}, []];
	for (const answer of wrong) {
		const stakes = await stakesAt(t, json(answer));
		t.is(await codeOf(t, stakes.activeStake(BLOCK, [east])), 'MAIN_CHAIN_ANSWER_INVALID');
	}
	const noAmounts = await stakesAt(t, (request, response) =>
		json(request.url?.includes('/blocks/') ? {epoch: 1} : [{amount: '12x'}])(request, response),
	);
	t.is(await codeOf(t, noAmounts.activeStake(BLOCK, [east])), 'MAIN_CHAIN_ANSWER_INVALID');
});

test('only an address with a project’s id can be asked', t => {
	t.is(openCardanoStakes('http://127.0.0.1:1442'), undefined);
	t.not(openCardanoStakes('https://project@cardano-preprod.blockfrost.io/api/v0'), undefined);
});
