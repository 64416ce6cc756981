import test from 'ava';
import fc from 'fast-check';
import {CborWriter} from '#kernel/cbor/writer';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {type BodySegments, decodeBody, encodeBody} from '#ledger/block/block-body';
import {buildBody, openBlockDraft} from '#ledger/block/build-body';
import {BODY_BYTES_MAX} from '#ledger/limits';
import {creditsInCirculation} from '#ledger/money';
import {accountOf} from '#ledger/queries';
import {checkTransaction} from '#ledger/tx/apply-transaction';
import {encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import {LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, storeWith, TestProvider} from '../../support/ledger-storage.ts';

const chain = new LedgerChain(testGenesis());
const pay = (from: Party, to: Party, change = {}): Transaction =>
	chain.transaction(from, {kind: 'transfer', to: to.account, amount: ada(1)}, {change});
const mainChain = {mcRef: chain.mcRef, events: []};
const transactions = [pay(alice, bob), pay(bob, carol)];
const segments = encodeBody({transactions, mainChain});

test('a body reads back as it was written', t => {
	t.deepEqual(decodeBody(chain.env, segments), {ok: true, value: {transactions, mainChain}});
});

test('a block is refused as a whole when one transaction is bad', t => {
	const bad = pay(alice, bob, {sequence: 5});
	t.deepEqual(chain.tryBlock(Slot(1), [pay(bob, carol), bad]), {
		ok: false,
		error: {
			code: 'BLOCK_TRANSACTION_INVALID',
			index: 1,
			txId: bad.id,
			error: {code: 'TX_SEQUENCE_WRONG', sequence: 5, expected: 0},
		},
	});
});

test('names the segment that is malformed', t => {
	for (const segment of [1, 2, 3, 4]) {
		const broken = segments.map((bytes, index) =>
			index === segment - 1 ? Uint8Array.of(0x81) : bytes,
		) as unknown as BodySegments;
		t.deepEqual<unknown, unknown>(decodeBody(chain.env, broken), {
			ok: false,
			error: {
				code: 'BLOCK_SEGMENT_MALFORMED',
				segment,
				failure: {code: 'CBOR_TRUNCATED', at: segment === 3 ? 0 : 0},
			},
		});
	}
});

test('refuses a body whose witnesses or proofs are not as many as its transactions say', t => {
	const empty = new CborWriter().array(0).finish();
	const proof = new CborWriter().array(1).bytes(Uint8Array.of(1)).finish();
	t.deepEqual(decodeBody(chain.env, [segments[0], empty, segments[2], segments[3]]), {
		ok: false,
		error: {code: 'BLOCK_WITNESSES_MISCOUNTED', witnesses: 0, expected: 2},
	});
	t.deepEqual(decodeBody(chain.env, [segments[0], segments[1], segments[2], proof]), {
		ok: false,
		error: {code: 'BLOCK_PROOFS_MISCOUNTED', proofs: 1, expected: 0},
	});
});

test('refuses a body that is too long before it looks into it', t => {
	const long = new Uint8Array(BODY_BYTES_MAX);
	const length = BODY_BYTES_MAX + 3;
	const one = Uint8Array.of(0x80);
	t.deepEqual(decodeBody(chain.env, [long, one, one, one]), {
		ok: false,
		error: {code: 'BLOCK_BODY_TOO_LONG', length, lengthMax: BODY_BYTES_MAX},
	});
});

test('random and mutated segments never throw', t => {
	fc.assert(
		fc.property(
			fc.nat(3),
			fc.nat(),
			fc.integer({min: 0, max: 255}),
			fc.option(fc.uint8Array({maxLength: 60})),
			(which, at, byte, junk) => {
				const mutated = segments.map(bytes => bytes.slice());
				const target = mutated[which] as Uint8Array;
				target[at % target.length] = byte;
				if (junk !== null) mutated[which] = junk;
				const body = mutated as unknown as BodySegments;
				const decoded = decodeBody(chain.env, body);
				applyBlock(chain.env, chain.state, chain.contextAt(Slot(1)), body);
				if (decoded.ok) t.deepEqual(encodeBody(decoded.value), body);
			},
		),
		{numRuns: 1000},
	);
	t.pass();
});

test('the mempool keeps a running draft: what depends on an earlier transaction is admitted after it', t => {
	const context = chain.contextAt(Slot(1));
	const draft = openBlockDraft(chain.env, chain.state, context);
	const check = (transaction: Transaction): unknown =>
		checkTransaction(chain.env, draft, context, encodeTransaction(transaction));
	const second = pay(alice, bob, {sequence: 1});
	t.deepEqual(check(second), {
		ok: false,
		error: {code: 'TX_SEQUENCE_WRONG', sequence: 1, expected: 0},
	});
	t.deepEqual(check(pay(alice, bob)), {ok: true, value: pay(alice, bob)});
	t.deepEqual(check(second), {ok: true, value: second});
	t.is(accountOf(chain.state, alice.account)?.sequence, 0);
});

test('a transaction on the wire has a proof if and only if it proves', t => {
	const context = chain.contextAt(Slot(1));
	const draft = openBlockDraft(chain.env, chain.state, context);
	const proof = Uint8Array.of(1);
	const surplus = {...pay(alice, bob), proof};
	t.deepEqual(checkTransaction(chain.env, draft, context, encodeTransaction(surplus)), {
		ok: false,
		error: {code: 'TX_PROOF_SURPLUS', action: 'transfer'},
	});
	const east = new TestProvider('east');
	const missing = chain.feeFree(east.proveAction(0, proof), [east.operator]);
	t.deepEqual(checkTransaction(chain.env, draft, context, encodeTransaction(missing)), {
		ok: false,
		error: {code: 'TX_PROOF_MISSING'},
	});
});

test('a transaction that fails leaves nothing behind in the running draft', t => {
	const context = chain.contextAt(Slot(1));
	const draft = openBlockDraft(chain.env, chain.state, context);
	const greedy = chain.transaction(alice, {
		kind: 'transfer',
		to: bob.account,
		amount: ada(1_000_000),
	});
	t.like(checkTransaction(chain.env, draft, context, encodeTransaction(greedy)), {ok: false});
	t.deepEqual(draft.diff().accounts, []);
	t.deepEqual(draft.diff().pots, []);
});

test('a body leaves out what does not fit, and keeps room for what is free of charge', t => {
	const full = new LedgerChain(testGenesis());
	const east = new TestProvider('east');
	registerProviders(full, alice, [east]);
	full.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	storeWith(full, bob, east, [pieceOf('a', 5000)]);
	full.advanceTo(full.slotAt(1, -1));
	const context = full.contextAt(Slot(full.slot + 1));
	const {sequence} = accountOf(full.state, carol.account) ?? t.fail();
	const many = Array.from({length: 40}, (_, index) =>
		full.transaction(
			carol,
			{kind: 'transfer', to: bob.account, amount: Lovelace(1n)},
			{change: {sequence: (sequence ?? 0) + index}},
		),
	);
	const commitment = east.commit(full, 1);
	const size = many[0]?.size ?? 0;
	const limits = {bodyBytesMax: 20 * size + commitment.size + 60, reservedBytes: 10 * size};
	const candidates = {transactions: [...many, commitment], mainChain: {mcRef: full.mcRef, events: []}};
	const built = buildBody(full.env, full.state, context, candidates, limits);
	if (!built.ok) return t.fail();
	const {segments: body, included, rejected} = built.value;
	t.true(included.includes(commitment.id));
	t.true(included.length >= 20 && included.length <= 22, `${included.length} included`);
	t.deepEqual(rejected, []);
	t.true(body.reduce((sum, {length}) => sum + length, 0) <= limits.bodyBytesMax);
	t.true(applyBlock(full.env, full.state, context, body).ok);
});

test('a body says why it refuses a candidate', t => {
	const bad = pay(alice, party('nobody'), {sequence: 7});
	const good = pay(bob, carol);
	const built = buildBody(chain.env, chain.state, chain.contextAt(Slot(1)), {
		transactions: [bad, good],
		mainChain,
	});
	if (!built.ok) return t.fail();
	t.deepEqual(built.value.included, [good.id]);
	t.deepEqual(built.value.rejected, [
		{txId: bad.id, error: {code: 'TX_SEQUENCE_WRONG', sequence: 7, expected: 0}},
	]);
});

test('every body that is built from random candidates is a good block that conserves value', t => {
	const parties = [alice, bob, carol, party('newcomer')];
	const candidate = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(2), fc.bigInt({min: 0n, max: 2n ** 41n}));
	fc.assert(
		fc.property(fc.array(candidate, {maxLength: 12}), fc.integer({min: 200, max: 3000}), (moves, bytes) => {
			const candidates = moves.map(([from, to, sequence, amount]) =>
				chain.transaction(
					parties[from] as Party,
					{kind: 'transfer', to: (parties[to] as Party).account, amount: Lovelace(amount)},
					{change: {sequence}},
				),
			);
			const context = chain.contextAt(Slot(1));
			const limits = {bodyBytesMax: bytes, reservedBytes: 100};
			const built = buildBody(chain.env, chain.state, context, {transactions: candidates, mainChain}, limits);
			if (!built.ok) return t.fail();
			t.true(built.value.segments.reduce((sum, {length}) => sum + length, 0) <= bytes);
			t.true(applyBlock(chain.env, chain.state, context, built.value.segments).ok);
		}),
		{numRuns: 50},
	);
	t.is(creditsInCirculation(chain.state), ada(4_000_000));
});
