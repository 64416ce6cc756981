/** What a node sees of Cardano, against a scripted Kupo: order, bounds, and outputs that anybody may have made. */
import test from 'ava';
import fc from 'fast-check';
import {fromHex} from '#kernel/bytes';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	encodePlutusData,
	type PlutusData,
} from '#onchain/cardano/plutus-data';
import {CLAIM_STATUS} from '#onchain/data/claim-data';
import {reserveDatum} from '#onchain/data/money-data';
import {
	account,
	checkpointBytes,
	checkpointOutput,
	claimEvent,
	claimName,
	claimOutput,
	deposit,
	depositEvent,
	eventsOf,
	hashOfSlot,
	json,
	mainChainOver,
	matchOf,
	type Output,
	place,
	places,
	range,
	ref,
	registry,
	scripted,
} from '../../support/scripted-kupo.ts';

test('reports deposits, claims and checkpoints in order of slot, transaction and output', async t => {
	const events = await eventsOf(t, {
		bridge: [deposit(place(4), 5_000_000, account(2)), deposit(place(1), 7_000_000, account(1))].map(matchOf),
		registry: [
			claimOutput(place(3), claimName(0xc1), account(4), CLAIM_STATUS.account),
			claimOutput(place(0), claimName(0xc2), account(3), CLAIM_STATUS.provider),
		],
		checkpoint: [checkpointOutput(place(2), 1), checkpointOutput(place(5), 2)].map(matchOf),
	});
	t.deepEqual(events, [
		claimEvent(claimName(0xc2), account(3)),
		depositEvent(place(1), 7_000_000, account(1)),
		{kind: 'checkpoint-confirmed', period: 1, blockHash: hashOfSlot(101)},
		claimEvent(claimName(0xc1), account(4)),
		depositEvent(place(4), 5_000_000, account(2)),
		{kind: 'checkpoint-confirmed', period: 2, blockHash: hashOfSlot(102)},
	]);
});

test('the same checkpoint once more has another committee, also when the first was before the range', async t => {
	const before = {slot: 5, transaction: 0, output: 0};
	const checkpoint = [
		checkpointOutput(place(4), 2),
		checkpointOutput(place(5), 2, checkpointBytes(2, 8)),
		checkpointOutput(before, 1),
		checkpointOutput(place(0), 1, checkpointBytes(1, 9)),
	].map(matchOf);
	t.deepEqual(await eventsOf(t, {checkpoint}), [
		{kind: 'committee-recovered', period: 1, committeeHash: hashOfSlot(9)},
		{kind: 'checkpoint-confirmed', period: 2, blockHash: hashOfSlot(102)},
		{kind: 'committee-recovered', period: 2, committeeHash: hashOfSlot(8)},
	]);
});

test('the deployment is no event, and its committee may be replaced too', async t => {
	const checkpoint = [checkpointOutput(place(0), 0)].map(matchOf);
	t.deepEqual(await eventsOf(t, {checkpoint}), []);
	checkpoint.push(matchOf(checkpointOutput(place(4), 0, checkpointBytes(0, 9))));
	t.deepEqual(await eventsOf(t, {checkpoint}), [
		{kind: 'committee-recovered', period: 0, committeeHash: hashOfSlot(9)},
	]);
});

test('gives the same events in whatever order the outputs come', async t => {
	const outputs = places.map((at, index) => deposit(at, 1_000_000 + index, account(index)));
	let order: readonly Output[] = outputs;
	const mainChain = await mainChainOver(t, (request, response) =>
		scripted({bridge: order.map(matchOf)})(request, response),
	);
	await fc.assert(
		fc.asyncProperty(fc.shuffledSubarray([...outputs], {minLength: outputs.length}), async shuffled => {
			order = shuffled;
			t.deepEqual(
				await mainChain.events(range),
				places.map((at, index) => depositEvent(at, 1_000_000 + index, account(index))),
			);
		}),
		{numRuns: 20},
	);
});

test('takes what is after the one block and up to the other, whatever Kupo sends besides', async t => {
	const at = (slot: number): Output => deposit({slot, transaction: 0, output: 0}, slot, account(slot));
	const events = await eventsOf(t, {bridge: [9, 10, 11, 20, 21].map(at).map(matchOf)});
	t.deepEqual(
		events.map(event => event.kind === 'deposit' && event.amount),
		[11n, 20n],
	);
});

test('asks for nothing when the range is empty', async t => {
	const mainChain = await mainChainOver(t, json(null, 500));
	t.deepEqual(await mainChain.events({after: ref(20), upTo: ref(20)}), []);
	t.deepEqual(await mainChain.events({after: ref(20), upTo: ref(19)}), []);
});

test('reports a claim once, where its token was minted', async t => {
	const name = claimName(0xc1);
	const minted = claimOutput(place(1), name, account(3), CLAIM_STATUS.provider);
	const moved = claimOutput(place(4), name, account(3), CLAIM_STATUS.provider);
	t.deepEqual(await eventsOf(t, {registry: [moved, minted]}), [claimEvent(name, account(3))]);
});

test('does not report a claim again whose token was minted before the range', async t => {
	const name = claimName(0xc1);
	const minted = claimOutput({slot: 10, transaction: 0, output: 0}, name, account(3), CLAIM_STATUS.provider);
	const moved = claimOutput(place(4), name, account(3), CLAIM_STATUS.provider);
	t.deepEqual(await eventsOf(t, {registry: [minted, moved]}), []);
});

test('reports neither the claim of the treasury nor those of subsidies', async t => {
	const treasury = claimOutput(place(0), claimName(0xc1), new Uint8Array(0), CLAIM_STATUS.treasury);
	const subsidy = claimOutput(place(1), claimName(0xc2), account(3), CLAIM_STATUS.subsidy);
	const provider = claimOutput(place(2), claimName(0xc3), account(4), CLAIM_STATUS.provider);
	t.deepEqual(await eventsOf(t, {registry: [treasury, subsidy, provider]}), [
		claimEvent(claimName(0xc3), account(4)),
	]);
});

test('takes a claim whose datum is of another form for none', async t => {
	const datum = (...fields: readonly PlutusData[]): Uint8Array =>
		encodePlutusData(dataConstructor(0, ...fields));
	const [owner, operator, zero] = [dataBytes(account(3)), dataBytes(new Uint8Array(32)), dataInteger(0n)];
	const odd = [
		datum(owner, operator),
		datum(owner, operator, zero, zero, zero, zero, zero),
		datum(owner, zero, zero, zero, zero, zero),
		datum(owner, dataBytes(new Uint8Array(28)), zero, zero, zero, zero),
		datum(dataBytes(new Uint8Array(27)), operator, zero, zero, zero, zero),
		datum(owner, operator, dataInteger(-1n), zero, zero, zero),
	].map((bytes, output) => ({
		...claimOutput({...place(0), output}, claimName(output + 1), account(3), CLAIM_STATUS.provider),
		datum: bytes,
	}));
	t.deepEqual(await eventsOf(t, {registry: odd}), []);
});

test('does not report the deployment of the checkpoint', async t => {
	t.deepEqual(await eventsOf(t, {checkpoint: [matchOf(checkpointOutput(place(0), 0))]}), []);
});

const foreign: Readonly<Record<string, PlutusData>> = {
	'another constructor': dataConstructor(1, dataBytes(account(1))),
	'an extra field': dataConstructor(0, dataBytes(account(1)), dataInteger(1n)),
	'no field': dataConstructor(0),
	'a shorter account': dataConstructor(0, dataBytes(new Uint8Array(27))),
	'a longer account': dataConstructor(0, dataBytes(new Uint8Array(29))),
	'a number for an account': dataConstructor(0, dataInteger(5n)),
	'no constructor': dataBytes(account(1)),
};

test('takes only the exact datum of a deposit for one; everybody can send to the bridge', async t => {
	const good = deposit(place(5), 9_000_000, account(9));
	const junk = Object.values(foreign).map(
		(data, output): Output => ({
			slot: 12,
			transaction: 0,
			output,
			lovelace: 1,
			datum: encodePlutusData(data),
		}),
	);
	const odd: readonly Output[] = [
		{...deposit(place(0), 1, account(1)), datum: null},
		{...deposit(place(1), 1, account(1)), datum: fromHex('d8')},
		{...deposit(place(2), 1, account(1)), datum: fromHex('ff'.repeat(40))},
		// Known by its hash only: the contracts read inline datums.
		{...deposit(place(3), 1, account(1)), datumType: 'hash'},
		{...deposit(place(4), 1, account(1)), datum: reserveDatum.encode({})},
	];
	t.deepEqual(await eventsOf(t, {bridge: [...odd, ...junk, good].map(matchOf)}), [
		depositEvent(place(5), 9_000_000, account(9)),
	]);
});

test('credits no deposit that comes with tokens: the bridge never pays from such an output', async t => {
	const assets = {['ab'.repeat(28)]: 1, [`${'cd'.repeat(28)}.00ff`]: '9223372036854775807'};
	const spoilt = {...deposit(place(0), 4_000_000, account(1)), assets};
	const good = deposit(place(1), 5_000_000, account(2));
	t.deepEqual(await eventsOf(t, {bridge: [spoilt, good].map(matchOf)}), [
		depositEvent(place(1), 5_000_000, account(2)),
	]);
});

test('takes a token of another name length at the registry for no claim', async t => {
	const named = (name: string): Output => ({
		...claimOutput(place(0), claimName(0xc1), account(3), CLAIM_STATUS.provider),
		assets: {[name === '' ? registry : `${registry}.${name}`]: 1},
	});
	t.deepEqual(await eventsOf(t, {registry: [named(''), named('c1'), named(claimName(0xc1).slice(2))]}), []);
});

test('takes a checkpoint datum that says nothing sensible for none', async t => {
	const period = (value: bigint): PlutusData =>
		dataConstructor(0, dataBytes(hashOfSlot(1)), dataInteger(value), dataBytes(hashOfSlot(2)));
	const datums = [
		period(-1n),
		period(2n ** 53n),
		period(2n ** 70n),
		dataConstructor(0, dataBytes(hashOfSlot(1)), dataInteger(1n), dataBytes(new Uint8Array(31))),
		dataConstructor(0, dataBytes(hashOfSlot(1)), dataBytes(hashOfSlot(2)), dataBytes(hashOfSlot(2))),
		dataConstructor(1, dataBytes(hashOfSlot(1)), dataInteger(1n), dataBytes(hashOfSlot(2))),
	].map((data, output) => checkpointOutput({...place(0), output}, 1, encodePlutusData(data)));
	t.deepEqual(await eventsOf(t, {checkpoint: datums.map(matchOf)}), []);
});
