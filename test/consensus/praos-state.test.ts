import test from 'ava';
import fc from 'fast-check';
import {nonceContribution} from '#consensus/leader/vrf-values';
import {combineNonces} from '#consensus/nonce/nonce';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {praosRoot, praosStateCodec} from '#consensus/praos-state-codec';
import {testParams} from '#consensus/profiles';
import {firstSlotOf} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import {CborWriter} from '#kernel/cbor/writer';
import {type GenesisHash, Hash32, type HeaderHash} from '#kernel/hash';
import {Epoch, Slot} from '#kernel/slot';
import {crypto} from '../support/crypto.ts';
import {forgeTestChain, testPool} from '../support/praos.ts';

// epochLength 100; ceil(4k/f) = 40: blocks before slot 60 of an epoch count for the next nonce.
const params = testParams;
const genesisHash: GenesisHash = Hash32(new Uint8Array(32).fill(1));
const genesis = genesisPraosState(genesisHash);
const pool = testPool(1);

type Update = Parameters<typeof updatePraos>[3];
const headerAt = (slot: number, mark: number, counter = 0n): Update => ({
	slot: Slot(slot),
	prevHash: Hash32(new Uint8Array(32).fill(mark)) as HeaderHash,
	issuerVk: pool.issuerVk,
	vrfOutput: new Uint8Array(64).fill(mark),
	operationalCertificate: {...pool.operationalCertificate, counter},
});
const follow = (state: PraosState, header: Update): PraosState =>
	updatePraos(crypto, params, tickPraos(crypto, params, state, header.slot), header);

test('starts with the genesis hash as every nonce that is used', t => {
	t.deepEqual(genesis, {
		epochNonce: genesisHash,
		evolvingNonce: genesisHash,
		candidateNonce: genesisHash,
		labNonce: 'neutral',
		lastEpochBlockNonce: 'neutral',
		counters: new Map(),
		lastSlot: undefined,
		epoch: Epoch(0),
	});
});

test('each block stirs the evolving nonce; the candidate follows until the freeze', t => {
	const early = follow(genesis, headerAt(59, 2));
	const evolved = combineNonces(crypto, genesisHash, nonceContribution(crypto, new Uint8Array(64).fill(2)));
	t.deepEqual(early.evolvingNonce, evolved);
	t.deepEqual(early.candidateNonce, evolved);
	const frozen = follow(early, headerAt(60, 3));
	t.deepEqual(frozen.candidateNonce, evolved);
	t.notDeepEqual(frozen.evolvingNonce, evolved);
});

test('Babbage’s freeze comes later, at 3k/f', t => {
	const header = headerAt(65, 2);
	const babbage = updatePraos(crypto, {...params, candidateFreezeFactor: 3}, genesis, header);
	t.deepEqual(babbage.candidateNonce, babbage.evolvingNonce);
	t.deepEqual(updatePraos(crypto, params, genesis, header).candidateNonce, genesisHash);
});

test('a new epoch’s nonce is the candidate with the last block of the epoch before the last', t => {
	const first = follow(genesis, headerAt(50, 2));
	const second = follow(first, headerAt(130, 3));
	// Nothing lies before epoch 0: the neutral nonce changes nothing.
	t.deepEqual(second.epochNonce, first.candidateNonce);
	t.deepEqual(second.lastEpochBlockNonce, first.labNonce);
	const third = tickPraos(crypto, params, second, Slot(200));
	t.deepEqual(third.epochNonce, combineNonces(crypto, second.candidateNonce, first.labNonce));
	t.deepEqual(third.lastEpochBlockNonce, second.labNonce);
	t.is(third.epoch, Epoch(2));
});

test('ticks once however many epochs were empty, and not within an epoch', t => {
	const state = follow(genesis, headerAt(50, 2));
	const skipped = tickPraos(crypto, params, state, Slot(750));
	t.deepEqual(skipped, {...tickPraos(crypto, params, state, Slot(100)), epoch: Epoch(7)});
	t.is(tickPraos(crypto, params, state, Slot(99)), state);
});

test('the first block of a chain has a neutral parent', t => {
	const first = updatePraos(crypto, params, genesis, {...headerAt(3, 2), prevHash: null});
	t.is(first.labNonce, 'neutral');
});

test('remembers a pool’s counter, and shares the map while nothing changes', t => {
	const key = toHex(pool.poolId);
	const first = follow(genesis, headerAt(1, 2));
	t.deepEqual([...first.counters], [[key, 0n]]);
	const second = follow(first, headerAt(2, 3));
	t.is(second.counters, first.counters);
	const third = follow(second, headerAt(3, 4, 1n));
	t.deepEqual([...third.counters], [[key, 1n]]);
	t.deepEqual([...second.counters], [[key, 0n]]);
});

test('two forgers of one chain have the same state, and its nonces change with the epoch', t => {
	const forge = () => forgeTestChain({params, state: genesis, pools: [testPool(1), testPool(2)], count: 60});
	const chain = forge();
	t.deepEqual(forge().state, chain.state);
	t.true(chain.state.epoch >= 1);
	t.notDeepEqual(chain.state.epochNonce, genesisHash);
	t.true((chain.state.lastSlot ?? 0) >= firstSlotOf(params, Epoch(1)));
});

const hashes = fc.uint8Array({minLength: 32, maxLength: 32}).map(Hash32);
const nonces = fc.oneof(hashes, fc.constant('neutral' as const));
const states: fc.Arbitrary<PraosState> = fc.record({
	epochNonce: nonces,
	evolvingNonce: nonces,
	candidateNonce: nonces,
	labNonce: nonces,
	lastEpochBlockNonce: nonces,
	counters: fc
		.array(fc.tuple(fc.uint8Array({minLength: 28, maxLength: 28}).map(toHex), fc.bigInt(0n, 2n ** 64n - 1n)))
		.map(entries => new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))),
	lastSlot: fc.option(fc.maxSafeNat().map(Slot), {nil: undefined}),
	epoch: fc.maxSafeNat().map(Epoch),
});

test('a state survives writing and reading', t => {
	fc.assert(
		fc.property(states, state => {
			t.deepEqual(decode(praosStateCodec, encode(praosStateCodec, state)), {ok: true, value: state});
		}),
		{numRuns: 50},
	);
});

test('the root does not depend on the order in which counters came, but on every field', t => {
	fc.assert(
		fc.property(states, hashes, (state, other) => {
			const reversed = {...state, counters: new Map([...state.counters].reverse())};
			t.deepEqual(praosRoot(crypto, reversed), praosRoot(crypto, state));
			for (const field of ['epochNonce', 'evolvingNonce', 'candidateNonce', 'labNonce'] as const)
				t.notDeepEqual(praosRoot(crypto, {...state, [field]: other}), praosRoot(crypto, state));
		}),
		{numRuns: 20},
	);
});

test('refuses counters that are unsorted or twice there', t => {
	const write = (...marks: number[]): Uint8Array => {
		const writer = new CborWriter().array(8);
		for (let nonce = 0; nonce < 5; nonce++) writer.null();
		writer.map(marks.length);
		for (const mark of marks) writer.bytes(new Uint8Array(28).fill(mark)).uint(0);
		return writer.null().uint(0).finish();
	};
	t.true(decode(praosStateCodec, write(1, 2)).ok);
	t.like(decode(praosStateCodec, write(2, 1)), {ok: false, error: {code: 'CBOR_NOT_CANONICAL'}});
	t.like(decode(praosStateCodec, write(2, 2)), {ok: false, error: {code: 'CBOR_DUPLICATE_KEY'}});
});

test('survives any bytes instead of a state', t => {
	const valid = encode(praosStateCodec, follow(genesis, headerAt(1, 2)));
	const mutated = fc
		.tuple(fc.nat(valid.length - 1), fc.nat(255))
		.map(([at, byte]) => valid.map((old, index) => (index === at ? byte : old)));
	fc.assert(
		fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 300})), bytes => {
			const decoded = decode(praosStateCodec, bytes);
			return !decoded.ok || toHex(encode(praosStateCodec, decoded.value)) === toHex(bytes);
		}),
		{numRuns: 1000},
	);
	t.pass();
});
