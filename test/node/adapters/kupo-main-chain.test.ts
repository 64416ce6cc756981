/** Against a scripted loopback server that answers in the form of Kupo 2.x. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {fromHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32, type HeaderHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import type {MainChain} from '#node/ports/main-chain';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	encodePlutusData,
	type PlutusData,
} from '#onchain/cardano/plutus-data';
import {CHECKPOINT_NFT_NAME, checkpointDatum} from '#onchain/data/checkpoint-data';
import {CLAIM_STATUS, claimDatum} from '#onchain/data/claim-data';
import {depositDatum, reserveDatum} from '#onchain/data/money-data';

const bridge = '0b'.repeat(28);
const registry = '1c'.repeat(28);
const checkpoint = '2d'.repeat(28);

const hashOfSlot = (slot: number): Hash32 => Hash32(new Uint8Array(32).fill(slot));
const ref = (slot: number) => ({slot, hash: hashOfSlot(slot)});
const account = (byte: number): AccountId => Hash28(new Uint8Array(28).fill(byte));
const claimName = (byte: number): string => `${byte.toString(16).padStart(2, '0')}`.repeat(32);

/** An output where it stands in the chain; `txId` is told by slot and transaction. */
type Place = {readonly slot: number; readonly transaction: number; readonly output: number};

const txIdOf = ({slot, transaction}: Place): Hash32 =>
	Hash32(new Uint8Array(32).fill(slot).fill(transaction, 16));

type Output = Place & {
	readonly lovelace: number;
	readonly assets?: Readonly<Record<string, unknown>>;
	readonly datum: Uint8Array | null;
	readonly datumType?: 'inline' | 'hash';
};

/** As Kupo writes a match with `resolve_hashes`. */
const matchOf = (output: Output): Record<string, unknown> => ({
	transaction_index: output.transaction,
	transaction_id: toHex(txIdOf(output)),
	output_index: output.output,
	address: `70${bridge}`,
	value: {coins: output.lovelace, assets: output.assets ?? {}},
	datum_hash: output.datum === null ? null : 'ee'.repeat(32),
	datum: output.datum === null ? null : toHex(output.datum),
	...(output.datum === null ? {} : {datum_type: output.datumType ?? 'inline'}),
	script_hash: null,
	script: null,
	created_at: {slot_no: output.slot, header_hash: toHex(hashOfSlot(output.slot))},
	spent_at: null,
});

const deposit = (place: Place, lovelace: number, to: AccountId): Output => ({
	...place,
	lovelace,
	datum: depositDatum.encode({account: to}),
});

const claimOutput = (place: Place, name: string, ownerPkh: Uint8Array, status: number): Output => ({
	...place,
	lovelace: 3_000_000,
	assets: {[`${registry}.${name}`]: 1},
	datum: claimDatum.encode({
		ownerPkh,
		operatorVk: new Uint8Array(ownerPkh.length === 0 ? 28 : 32).fill(7),
		claimed: Lovelace(0n),
		collateral: Lovelace(0n),
		status,
		exitAfter: 0n,
	}),
});

const checkpointOutput = (place: Place, period: number, datum?: Uint8Array): Output => ({
	...place,
	lovelace: 2_000_000,
	assets: {[`${checkpoint}.${toHex(CHECKPOINT_NFT_NAME)}`]: 1},
	datum:
		datum ??
		checkpointDatum.encode({
			genesisHash: hashOfSlot(1),
			period,
			blockHash: hashOfSlot(100 + period) as HeaderHash,
			stateRoot: hashOfSlot(2),
			payoutRoot: hashOfSlot(3),
			committeeHash: hashOfSlot(4),
		}),
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
	(value: unknown, status = 200): Answer =>
	(_request, response) => {
		response.writeHead(status, {'content-type': 'application/json;charset=utf-8'}).end(JSON.stringify(value));
	};

/** A main chain over a server that answers everything with `answer`. */
const mainChainOver = async (t: ExecutionContext, answer: Answer): Promise<MainChain> => {
	const server = createServer(answer);
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	t.teardown(() => {
		server.close();
		server.closeAllConnections();
	});
	return createKupoMainChain({
		kupoUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
	});
};

type Script = {
	readonly bridge?: readonly unknown[];
	readonly registry?: readonly Output[];
	readonly checkpoint?: readonly unknown[];
	/** The hash of each slot's block; default: `hashOfSlot`. */
	readonly hash?: (slot: number) => Hash32;
};

/**
 * Kupo that knows a block in every slot and these outputs. It looks at no bound of a query: what lies outside comes back
 * as well, in the order in which the script has it.
 */
const scripted =
	({
		bridge: deposits = [],
		registry: claims = [],
		checkpoint: checkpoints = [],
		hash = hashOfSlot,
	}: Script): Answer =>
	(request, response) => {
		const {pathname} = new URL(request.url ?? '', 'http://kupo');
		const [, route = '', ...rest] = pathname.split('/');
		const argument = rest.join('/');
		const answer = (): unknown => {
			if (route === 'checkpoints')
				return {slot_no: Number(argument), header_hash: toHex(hash(Number(argument)))};
			if (argument === `${bridge}/*`) return deposits;
			if (argument === `${checkpoint}.*`) return checkpoints;
			const unit = argument === `${registry}.*` ? undefined : argument;
			return claims
				.filter(({assets}) => unit === undefined || Object.hasOwn(assets ?? {}, unit))
				.map(matchOf);
		};
		json(answer())(request, response);
	};

const range = {after: ref(10), upTo: ref(20)};
const eventsOf = async (t: ExecutionContext, script: Script) =>
	(await mainChainOver(t, scripted(script))).events(range);

const depositEvent = (place: Place, lovelace: number, to: AccountId) => ({
	kind: 'deposit' as const,
	outRef: {txId: txIdOf(place), index: place.output},
	account: to,
	amount: Lovelace(BigInt(lovelace)),
});

const claimEvent = (name: string, owner: AccountId) => ({
	kind: 'claim-opened' as const,
	claimId: Hash32(fromHex(name)),
	ownerKeyHash: owner,
	operatorVk: new Uint8Array(32).fill(7),
});

const places: readonly Place[] = [
	{slot: 11, transaction: 0, output: 0},
	{slot: 11, transaction: 0, output: 1},
	{slot: 11, transaction: 1, output: 0},
	{slot: 11, transaction: 10, output: 0},
	{slot: 12, transaction: 0, output: 2},
	{slot: 20, transaction: 0, output: 0},
];
const place = (index: number): Place => places[index] as Place;

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

const codeOf = async (t: ExecutionContext, asked: Promise<unknown>): Promise<string | undefined> =>
	(await t.throwsAsync(asked, {instanceOf: NodeError}))?.code;

for (const [name, slot] of [
	['beginning', 10],
	['end', 20],
] as const)
	test(`refuses a range whose ${name} is not on the chain that Kupo follows`, async t => {
		const hash = (asked: number): Hash32 => hashOfSlot(asked === slot ? 99 : asked);
		t.is(await codeOf(t, eventsOf(t, {hash})), 'MAIN_CHAIN_BAD_ANSWER');
	});

test('refuses a range to a slot that has no block', async t => {
	const mainChain = await mainChainOver(t, json({slot_no: 10, header_hash: toHex(hashOfSlot(10))}));
	t.is(await codeOf(t, mainChain.events(range)), 'MAIN_CHAIN_BAD_ANSWER');
});

test('knows the last block, and the last one at or before a slot', async t => {
	const mainChain = await mainChainOver(t, (request, response) =>
		json(
			request.url === '/checkpoints'
				? [30, 29, 20].map(slot => ({slot_no: slot, header_hash: toHex(hashOfSlot(slot))}))
				: request.url === '/checkpoints/25'
					? {slot_no: 20, header_hash: toHex(hashOfSlot(20))}
					: null,
		)(request, response),
	);
	t.deepEqual(await mainChain.tip(), ref(30));
	t.deepEqual(await mainChain.blockAt(25), ref(20));
	t.is(await mainChain.blockAt(3), undefined);
});

test('has no tip while Kupo knows no block', async t => {
	const mainChain = await mainChainOver(t, json([]));
	t.is(await codeOf(t, mainChain.tip()), 'MAIN_CHAIN_BAD_ANSWER');
});

test('says so when nobody listens', async t => {
	const server = createServer();
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const {port} = server.address() as AddressInfo;
	await new Promise(resolve => {
		server.close(resolve);
	});
	const mainChain = createKupoMainChain({
		kupoUrl: `http://127.0.0.1:${port}`,
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
	});
	t.is(await codeOf(t, mainChain.tip()), 'MAIN_CHAIN_UNREACHABLE');
	t.is(await codeOf(t, mainChain.events(range)), 'MAIN_CHAIN_UNREACHABLE');
});

const text =
	(body: string, status = 200): Answer =>
	(_request, response) => {
		response.writeHead(status).end(body);
	};

/** More than any answer may have, sent until the client has enough. */
const endless: Answer = (_request, response) => {
	const part = Buffer.alloc(4 * 1024 * 1024, '[');
	const more = (): void => {
		while (response.write(part));
	};
	response.on('drain', more);
	more();
};

const cut: Answer = (_request, response) => {
	response.writeHead(200, {'content-length': 1000});
	response.write('[{"slot_no":', () => response.destroy());
};

const elsewhere: Answer = (_request, response) => {
	response.writeHead(302, {location: 'http://127.0.0.1:1/checkpoints'}).end();
};

for (const [name, answer, code] of [
	['no JSON', text('<html>'), 'MAIN_CHAIN_ANSWER_INVALID'],
	['nothing', text(''), 'MAIN_CHAIN_ANSWER_INVALID'],
	['another status', json([], 503), 'MAIN_CHAIN_ANSWER_INVALID'],
	['JSON of another form', json([{slot_no: -1, header_hash: 'aa'}]), 'MAIN_CHAIN_ANSWER_INVALID'],
	['more than fits', endless, 'MAIN_CHAIN_ANSWER_INVALID'],
	['a cut answer', cut, 'MAIN_CHAIN_UNREACHABLE'],
	['a redirection', elsewhere, 'MAIN_CHAIN_UNREACHABLE'],
] as const)
	test(`says so when ${name} is answered`, async t => {
		const mainChain = await mainChainOver(t, answer);
		t.is(await codeOf(t, mainChain.tip()), code);
	});

test('stops asking when it is told to, with the reason that it was given', async t => {
	const asked = new AbortController();
	const reason = new NodeError({code: 'TEST_STOPPED'});
	const mainChain = await mainChainOver(t, () => asked.abort(reason));
	t.is(await t.throwsAsync(mainChain.tip({signal: asked.signal})), reason);
	const stopped = {signal: AbortSignal.abort(reason)};
	t.is(await t.throwsAsync(mainChain.events(range, stopped)), reason);
	t.is(await t.throwsAsync(mainChain.blockAt(3, stopped)), reason);
});

test('gives events or a coded failure, whatever is answered', async t => {
	let answered: unknown = null;
	const mainChain = await mainChainOver(t, (request, response) =>
		request.url?.startsWith('/checkpoints') === true
			? scripted({})(request, response)
			: json(answered)(request, response),
	);
	const asked = async (): Promise<void> => {
		try {
			t.true(Array.isArray(await mainChain.events(range)));
		} catch (error) {
			t.true(error instanceof NodeError, String(error));
		}
	};
	await fc.assert(
		fc.asyncProperty(fc.jsonValue(), async value => {
			answered = value;
			await asked();
		}),
		{numRuns: 60},
	);
	const valid = matchOf(deposit(place(0), 1, account(1)));
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...Object.keys(valid)), fc.jsonValue(), async (field, value) => {
			answered = [{...valid, [field]: value}];
			await asked();
		}),
		{numRuns: 120},
	);
});
