import test from 'ava';
import fc from 'fast-check';
import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {compareBytes, fromHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {type AccountId, Hash28, type Hash32} from '#kernel/hash';
import {HEAD_KEY_BYTES, headCodec, headKey} from '#ledger/heads/head';
import {stateRootOf} from '#ledger/main-chain/state-root';
import {headOf, headsOf} from '#ledger/queries';
import {readerOf} from '#ledger/state/state';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party} from '../../support/ledger-chain.ts';
import {alice, bob, carol, dave, testGenesis} from '../../support/ledger-genesis.ts';

const bucket = hashOf('bucket');
const roots = [1, 2, 3].map(index => hashOf(`root ${index}`)) as [Hash32, Hash32, Hash32];

const first: ActionOf<'head-set'> = {
	kind: 'head-set',
	owner: alice.account,
	bucket,
	version: 1,
	seen: null,
	root: roots[0],
	writer: null,
	writers: null,
};
const second: ActionOf<'head-set'> = {...first, version: 2, seen: roots[0], root: roots[1]};

const chainWith = (...actions: readonly ActionOf<'head-set'>[]): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	for (const action of actions) chain.send(alice, action);
	return chain;
};

const refusal = (
	chain: LedgerChain,
	sender: Party,
	action: ActionOf<'head-set'> | ActionOf<'head-remove'>,
	signers: readonly Party[] = [],
): unknown => chain.refusal(chain.transaction(sender, action, {with: signers}));

const stateRoot = (chain: LedgerChain): Hash32 =>
	stateRootOf(crypto, readerOf(chain.state), {
		praosRoot: EMPTY_ROOT,
		payoutRoot: EMPTY_ROOT,
		nextCommittee: [],
	});

test('an owner sets the head of a bucket, and sets it again', t => {
	const chain = chainWith(first);
	t.deepEqual(headOf(chain.state, alice.account, bucket), {
		owner: alice.account,
		bucket,
		version: 1,
		root: roots[0],
		writers: [],
	});
	const events = chain.send(alice, second);
	t.deepEqual(events.at(-1), {
		kind: 'head-set',
		owner: alice.account,
		bucket,
		version: 2,
		root: roots[1],
	});
	t.is(headOf(chain.state, alice.account, bucket)?.version, 2);
	chain.rollback();
	t.deepEqual(headOf(chain.state, alice.account, bucket)?.root, roots[0]);
});

test('of two who saw the same head, the first one sets it and the other is told', t => {
	const chain = chainWith(first);
	chain.send(alice, second);
	t.deepEqual(refusal(chain, alice, {...second, root: roots[2]}), {
		code: 'HEAD_VERSION_STALE',
		version: 2,
		current: 2,
		root: roots[1],
	});
	const skipping = {...second, version: 4, seen: roots[1]};
	t.like(refusal(chain, alice, skipping) as object, {code: 'HEAD_VERSION_STALE', version: 4, current: 2});
	t.deepEqual(refusal(chainWith(), alice, second), {
		code: 'HEAD_VERSION_STALE',
		version: 2,
		current: 0,
		root: null,
	});
});

test('a head that was removed and set anew is not mistaken for the one before', t => {
	const chain = chainWith(first);
	chain.send(alice, {kind: 'head-remove', bucket, version: 1});
	t.is(headOf(chain.state, alice.account, bucket), undefined);
	chain.send(alice, {...first, root: roots[2]});
	t.deepEqual(refusal(chain, alice, second), {
		code: 'HEAD_VERSION_STALE',
		version: 2,
		current: 1,
		root: roots[2],
	});
});

test('writers that the owner named set the head, whoever pays, until it names others', t => {
	const writers = [bob, carol].map(({account}) => account).sort(compareBytes);
	const chain = chainWith({...first, writers});
	const byBob = {...second, writer: bob.verificationKey};
	chain.send(bob, byBob);
	const byCarol = {...second, version: 3, seen: roots[1], root: roots[2], writer: carol.verificationKey};
	chain.send(dave, byCarol, {with: [carol]});
	t.deepEqual(headOf(chain.state, alice.account, bucket)?.writers, writers);
	chain.send(alice, {...second, version: 4, seen: roots[2], root: roots[0], writers: []});
	const late = {...second, version: 5, seen: roots[0], writer: bob.verificationKey};
	t.deepEqual(refusal(chain, bob, late), {
		code: 'HEAD_WRITER_UNKNOWN',
		bucket,
		writer: bob.verificationKey,
	});
});

test('rejects a stranger, a writer who does not sign, and one who names writers', t => {
	const chain = chainWith({...first, writers: [bob.account]});
	t.deepEqual(refusal(chain, carol, second), {
		code: 'HEAD_OWNER_WRONG',
		owner: alice.account,
		sender: carol.account,
	});
	t.deepEqual(refusal(chain, carol, {...second, writer: bob.verificationKey}), {
		code: 'TX_SIGNATURE_MISSING',
		signer: bob.verificationKey,
	});
	t.deepEqual(refusal(chain, bob, {...second, writer: bob.verificationKey, writers: []}), {
		code: 'HEAD_WRITERS_NOT_OWNERS',
		owner: alice.account,
	});
	const unknown = {...first, bucket: hashOf('none'), writer: bob.verificationKey};
	t.deepEqual(refusal(chain, bob, unknown), {
		code: 'HEAD_UNKNOWN',
		owner: alice.account,
		bucket: unknown.bucket,
	});
});

test('rejects writers out of order or twice', t => {
	const sorted = [bob, carol, dave].map(({account}) => account).sort(compareBytes);
	const chain = chainWith();
	t.is(refusal(chain, alice, {...first, writers: sorted}), undefined);
	for (const writers of [sorted.toReversed(), [bob.account, bob.account]])
		t.deepEqual(refusal(chain, alice, {...first, writers}), {code: 'HEAD_WRITERS_UNSORTED'});
});

test('only its owner removes a head, and only the one that it saw', t => {
	const chain = chainWith({...first, writers: [bob.account]}, second);
	t.deepEqual(refusal(chain, bob, {kind: 'head-remove', bucket, version: 2}), {
		code: 'HEAD_UNKNOWN',
		owner: bob.account,
		bucket,
	});
	t.deepEqual(refusal(chain, alice, {kind: 'head-remove', bucket, version: 1}), {
		code: 'HEAD_VERSION_STALE',
		version: 1,
		current: 2,
		root: roots[1],
	});
	const events = chain.send(alice, {kind: 'head-remove', bucket, version: 2});
	t.deepEqual(events.at(-1), {kind: 'head-removed', owner: alice.account, bucket, version: 2});
	t.is(chain.state.heads.size, 0);
	chain.rollback();
	t.is(chain.state.heads.size, 1);
});

test('nobody takes a bucket id from its owner, and each sees its own buckets', t => {
	const chain = chainWith();
	chain.send(bob, {...first, owner: bob.account, root: roots[2]});
	chain.send(alice, first);
	chain.send(alice, {...first, bucket: hashOf('another')});
	t.is(headsOf(chain.state, alice.account).length, 2);
	t.deepEqual(
		headsOf(chain.state, bob.account).map(({root}) => root),
		[roots[2]],
	);
	t.deepEqual(headsOf(chain.state, dave.account), []);
});

test('a head with its key has at most 200 bytes', t => {
	const full = {
		version: Number.MAX_SAFE_INTEGER,
		root: roots[0],
		writers: [bob, carol, dave].map(({account}) => account),
	};
	const key = fromHex(headKey(alice.account, bucket));
	t.is(key.length, HEAD_KEY_BYTES);
	const {length} = encode(headCodec, full);
	t.true(key.length + length <= 200, `${key.length + length} bytes`);
});

test('heads are part of the state root', t => {
	const chain = chainWith(first);
	const before = stateRoot(chain);
	chain.send(alice, second);
	const now = stateRoot(chain);
	t.notDeepEqual(now, before);
	const key = headKey(alice.account, bucket);
	chain.state.heads.set(key, {
		version: 2,
		root: roots[1],
		writers: [Hash28(new Uint8Array(28)) as AccountId],
	});
	t.notDeepEqual(stateRoot(chain), now);
});

test('whatever writers see and send, versions rise by one and each follows the root that its writer saw', t => {
	const attempt = fc.record({seenAt: fc.nat(6), ahead: fc.integer({min: 0, max: 2}), who: fc.nat(2)});
	fc.assert(
		fc.property(fc.array(attempt, {maxLength: 12}), attempts => {
			const chain = chainWith({...first, writers: [bob.account]});
			const history: Hash32[] = [roots[0]];
			for (const [index, {seenAt, ahead, who}] of attempts.entries()) {
				const sender = [alice, bob, carol][who] as Party;
				const seen = history[Math.min(seenAt, history.length - 1)] as Hash32;
				const version = history.indexOf(seen) + 1 + ahead;
				const root = hashOf(`root of attempt ${index}`);
				const writer = who === 0 ? null : sender.verificationKey;
				const transaction = chain.transaction(sender, {...second, version, seen, root, writer});
				const isGood = chain.refusal(transaction) === undefined;
				t.is(isGood, who < 2 && seen === history.at(-1) && ahead === 1);
				if (!isGood) continue;
				chain.next(transaction);
				history.push(root);
				t.like(headOf(chain.state, alice.account, bucket), {version: history.length, root});
			}
		}),
		{numRuns: 30},
	);
});
