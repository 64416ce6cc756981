import test from 'ava';
import fc from 'fast-check';
import {decode, decodeOwn, encode} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {applyDiff, diffCodec, type LedgerDiff, undoDiff} from '#ledger/state/diff';
import {openDraft} from '#ledger/state/draft';
import {keyOf, numberKey, numberOfKey} from '#ledger/state/keys';
import {rowsOf} from '#ledger/state/reader';
import {emptyState, type MutableLedgerState, readerOf, stateCodec} from '#ledger/state/state';
import {tableNames} from '#ledger/state/tables';
import {LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

/** A chain whose state has rows in every table, and whose diffs changed all of them. */
const busyChain = (): LedgerChain => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east, west]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	chain.send(bob, {kind: 'payer-allow', client: alice.account, rateMax: ada(1), until: Epoch(9)});
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	storeWith(chain, bob, west, [pieceOf('b', 3000)]);
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	chain.send(bob, {kind: 'withdraw', claimId: east.id, amount: ada(1)});
	chain.advanceTo(chain.slotAt(2, -1));
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 1));
	return chain;
};

const chain = busyChain();
const encoded = encode(stateCodec, chain.state);

test('a state reads back as it was written', t => {
	const read = decodeOwn(stateCodec, encoded);
	const sorted = (state: MutableLedgerState): unknown =>
		tableNames.map(table => [...state[table]].sort(([a], [b]) => (a < b ? -1 : 1)));
	t.deepEqual(sorted(read), sorted(chain.state));
	t.deepEqual(encode(stateCodec, read), encoded);
});

test('the order in which rows were put into a state does not show', t => {
	const reversed = emptyState();
	for (const table of tableNames)
		for (const [key, row] of [...chain.state[table]].reverse())
			(reversed[table] as Map<string, unknown>).set(key, row);
	t.deepEqual(encode(stateCodec, reversed), encoded);
	const reader = readerOf(reversed);
	for (const table of tableNames) t.deepEqual(reader.keys(table), readerOf(chain.state).keys(table));
});

test('what is selected is what fits of all rows, in their order, with the changes of drafts and forks on top', t => {
	const number = fc.integer({min: 0, max: 20});
	const key = (value: number): string => numberKey(value);
	const changes = fc.array(fc.tuple(number, fc.option(number)), {maxLength: 12});
	fc.assert(
		fc.property(changes, changes, changes, number, (below, above, forked, least) => {
			const state = emptyState();
			for (const [at, value] of below) if (value !== null) state.blocksMade.set(key(at), value);
			const draft = openDraft(state);
			const change = (into: typeof draft, what: typeof above): void => {
				for (const [at, value] of what)
					if (value === null) into.delete('blocksMade', key(at));
					else into.set('blocksMade', key(at), value);
			};
			change(draft, above);
			const fork = draft.fork();
			change(fork, forked);
			for (const reader of [readerOf(state), draft, fork])
				t.deepEqual(
					reader.select('blocksMade', (blocks, name) => blocks >= least && numberOfKey(name) !== least),
					[...rowsOf(reader, 'blocksMade')].flatMap(([name, blocks]) =>
						blocks >= least && numberOfKey(name) !== least ? [name] : [],
					),
				);
		}),
	);
});

test('two chains with the same blocks have the same state to the byte', t => {
	t.deepEqual(encode(stateCodec, busyChain().state), encoded);
});

test('undoing every block leads back to the genesis, and doing them again to the same state', t => {
	const state: MutableLedgerState = decodeOwn(stateCodec, encoded);
	const fresh = encode(stateCodec, new LedgerChain(testGenesis()).state);
	for (const {diff} of chain.blocks.toReversed()) undoDiff(state, diff);
	t.deepEqual(encode(stateCodec, state), fresh);
	for (const {diff} of chain.blocks) applyDiff(state, diff);
	t.deepEqual(encode(stateCodec, state), encoded);
});

test('diffs read back as they were written, and work as well', t => {
	const state = new LedgerChain(testGenesis()).state;
	for (const {diff} of chain.blocks) {
		const bytes = encode(diffCodec, diff);
		const read: LedgerDiff = decodeOwn(diffCodec, bytes);
		t.deepEqual(read, diff);
		applyDiff(state, read);
	}
	t.deepEqual(encode(stateCodec, state), encoded);
});

test('a state with rows out of order or twice is refused', t => {
	const account = {balance: Lovelace(1n), sequence: 0, pool: null};
	const state = emptyState();
	state.accounts.set('01', account);
	state.accounts.set('02', account);
	const bytes = encode(stateCodec, state);
	const [first, second] = [bytes.indexOf(0x01, 3), bytes.indexOf(0x02, 5)];
	const swapped = bytes.slice();
	swapped[first] = 2;
	swapped[second] = 1;
	t.like(decode(stateCodec, swapped), {ok: false, error: {code: 'CBOR_NOT_CANONICAL'}} as never);
	swapped[second] = 2;
	t.like(decode(stateCodec, swapped), {ok: false, error: {code: 'CBOR_DUPLICATE_KEY'}} as never);
});

test('mutated states and diffs never throw, and what decodes encodes to the same bytes', t => {
	const diff = encode(diffCodec, chain.blocks.at(-1)?.diff ?? (undefined as never));
	fc.assert(
		fc.property(fc.nat(), fc.integer({min: 0, max: 255}), fc.boolean(), (at, byte, cut) => {
			for (const [bytes, codec] of [
				[encoded, stateCodec],
				[diff, diffCodec],
			] as const) {
				const mutated = bytes.slice(0, cut ? at % bytes.length : bytes.length);
				if (mutated.length > 0) mutated[at % mutated.length] = byte;
				const decoded = decode<never>(codec as never, mutated);
				if (decoded.ok) t.deepEqual(encode<never>(codec as never, decoded.value), mutated);
			}
		}),
		{numRuns: 300},
	);
	t.pass();
});

test('a draft reads through, a fork keeps its changes to itself until it is absorbed', t => {
	const {state} = new LedgerChain(testGenesis());
	const key = keyOf(alice.account);
	const before = state.accounts.get(key);
	if (before === undefined) return t.fail();
	const draft = openDraft(state);
	const fork = draft.fork();
	fork.set('accounts', key, {...before, sequence: 9});
	fork.delete('accounts', keyOf(bob.account));
	t.is(draft.get('accounts', key), before);
	t.is(fork.get('accounts', key)?.sequence, 9);
	t.is(fork.keys('accounts').length, draft.keys('accounts').length - 1);
	draft.absorb(fork);
	t.is(draft.get('accounts', key)?.sequence, 9);
	t.is(draft.get('accounts', keyOf(bob.account)), undefined);
	t.is(state.accounts.get(key), before);
	t.deepEqual(
		draft.diff().accounts.map(({key: changed, after}) => [changed, after?.sequence]),
		[
			[key, 9],
			[keyOf(bob.account), undefined],
		].sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)) as never,
	);
});

test('what was written and taken back is no change', t => {
	const {state} = new LedgerChain(testGenesis());
	const draft = openDraft(state);
	draft.set('claims', 'aa', {ownerKeyHash: alice.account, operatorVk: alice.verificationKey});
	draft.delete('claims', 'aa');
	t.deepEqual(
		tableNames.flatMap(table => draft.diff()[table] as readonly unknown[]),
		[],
	);
});

test('keys of numbers sort as their numbers', t => {
	fc.assert(
		fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
			t.is(numberKey(a) < numberKey(b), a < b);
			t.is(numberOfKey(numberKey(a)), a);
		}),
	);
});
