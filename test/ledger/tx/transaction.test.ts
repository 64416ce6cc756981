import test from 'ava';
import fc from 'fast-check';
import {compareBytes, concat} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {CborReader} from '#kernel/cbor/reader';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import type {SignedRevision} from '#ledger/agreements/revision';
import {PROVE_BYTES_MAX} from '#ledger/limits';
import {type Action, actionCodec} from '#ledger/tx/action';
import {decodeTransaction, decodeTransactionBody, encodeTransaction} from '#ledger/tx/transaction';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, poolIds, testGenesis} from '../../support/ledger-genesis.ts';

const chain = new LedgerChain(testGenesis());
const hash = hashOf('anything');
const key = alice.verificationKey;
const terms = {storePrice: Lovelace(1n), minTermEpochs: 2, capacityLeaves: 3};
const pool = poolIds[0] ?? (undefined as never);

const signedRevision: SignedRevision = {
	revision: {
		agreementId: hash,
		revisionNo: 1,
		prevHash: null,
		root: hash,
		leaves: 5,
		validFrom: Epoch(2),
		repairerVk: key,
	},
	clientVk: key,
	clientSignature: new Uint8Array(64).fill(2),
	providerSignature: new Uint8Array(64).fill(3),
};

/** One action of every kind. */
const actions: {readonly [K in Action['kind']]: Extract<Action, {kind: K}>} = {
	transfer: {kind: 'transfer', to: bob.account, amount: ada(1)},
	'pool-register': {
		kind: 'pool-register',
		pool: {
			coldVk: key,
			vrfKeyHash: hash,
			checkpointVk: key,
			rewardAccount: bob.account,
			cost: ada(1),
			margin: Ratio(1n, 3n),
		},
	},
	'pool-retire': {kind: 'pool-retire', pool, epoch: Epoch(4)},
	delegate: {kind: 'delegate', pool: null},
	'payer-deposit': {kind: 'payer-deposit', amount: ada(2)},
	'payer-withdraw': {kind: 'payer-withdraw', amount: ada(2)},
	'payer-allow': {kind: 'payer-allow', client: bob.account, rateMax: ada(1), until: Epoch(9)},
	'provider-register': {
		kind: 'provider-register',
		provider: hash,
		operatorVk: key,
		payoutAccount: bob.account,
		bond: ada(9),
		...terms,
	},
	'provider-update': {
		kind: 'provider-update',
		provider: hash,
		...terms,
		accepting: false,
		bondAdded: ada(1),
	},
	'provider-exit': {kind: 'provider-exit', provider: hash},
	'agreement-open': {
		kind: 'agreement-open',
		nonce: 5,
		provider: hash,
		capacityLeaves: 6,
		rate: ada(1),
		startEpoch: Epoch(1),
		endEpoch: Epoch(2),
		lockedUntil: Epoch(1),
		repairerVk: key,
		repairOf: null,
		payer: null,
	},
	'agreement-close': {kind: 'agreement-close', agreementId: hash, mode: 'operator'},
	commit: {kind: 'commit', provider: hash, epoch: Epoch(1), root: hash, totalLeaves: 7},
	prove: {kind: 'prove', provider: hash, epoch: Epoch(1), witnessHash: hash},
	'checkpoint-sign': {
		kind: 'checkpoint-sign',
		period: 1,
		memberVk: key,
		signature: new Uint8Array(64).fill(1),
	},
	withdraw: {kind: 'withdraw', claimId: hash, amount: ada(1)},
	'repair-claim': {
		kind: 'repair-claim',
		vacated: hash,
		successor: hash,
		pieceId: hash,
		pieceLeaves: 1,
		vacatedProof: Uint8Array.of(1),
		successorProof: Uint8Array.of(),
		epoch: Epoch(3),
	},
	'revision-post': {kind: 'revision-post', revision: signedRevision},
	'agreement-renew': {
		kind: 'agreement-renew',
		agreementId: hash,
		capacityLeaves: 7,
		rate: ada(1),
		endEpoch: Epoch(9),
		lockedUntil: Epoch(0),
	},
	'agreement-standing': {
		kind: 'agreement-standing',
		agreementId: hash,
		order: {rateMax: ada(2), until: Epoch(7)},
	},
	'agreement-settle': {kind: 'agreement-settle', agreements: [hash]},
	'revision-equivocation': {kind: 'revision-equivocation', first: signedRevision, second: signedRevision},
	'omission-claim': {kind: 'omission-claim', epoch: Epoch(3), revision: signedRevision},
	'omission-answer': {
		kind: 'omission-answer',
		agreementId: hash,
		epoch: Epoch(3),
		inclusion: new Uint8Array(9),
		revision: null,
	},
	'channel-open': {
		kind: 'channel-open',
		payerVk: key,
		payee: bob.account,
		lane: 1,
		expiry: Slot(900),
		deposit: ada(3),
	},
	'channel-top-up': {kind: 'channel-top-up', channelId: hash, amount: ada(1)},
	'channel-settle': {
		kind: 'channel-settle',
		channelId: hash,
		cumulative: ada(1),
		signature: new Uint8Array(64),
	},
	'channel-close': {kind: 'channel-close', channelId: hash},
	'channel-refund': {kind: 'channel-refund', channelId: hash},
	'head-set': {
		kind: 'head-set',
		owner: alice.account,
		bucket: hash,
		version: 2,
		seen: hash,
		root: hash,
		writer: null,
		writers: [bob.account],
	},
	'head-remove': {kind: 'head-remove', bucket: hash, version: 2},
	'multisig-register': {
		kind: 'multisig-register',
		policy: {threshold: 1, keys: [alice.verificationKey, bob.verificationKey]},
	},
	'access-revoke': {kind: 'access-revoke', series: hash, epoch: 1, until: Slot(100)},
	'provider-subsidy': {kind: 'provider-subsidy', provider: hash, claimId: hash},
	'service-class': {kind: 'service-class', agreementId: hash, serviceClass: 'standard'},
	'retrieval-demand': {
		kind: 'retrieval-demand',
		agreementId: hash,
		revision: null,
		pieceId: hash,
		pieceLeaves: 9,
		leafIndex: 8,
		pieceProof: Uint8Array.of(1, 2),
	},
	'retrieval-answer': {
		kind: 'retrieval-answer',
		agreementId: hash,
		revision: null,
		proof: Uint8Array.of(3),
	},
	'provider-notice': {
		kind: 'provider-notice',
		provider: hash,
		epoch: Epoch(3),
		purpose: 'loss',
		agreements: [hash],
	},
	'cardano-pool-bind': {
		kind: 'cardano-pool-bind',
		cardanoVk: key,
		pool: null,
		counter: 1,
		signature: new Uint8Array(64).fill(3),
	},
	'cardano-stake-sign': {
		kind: 'cardano-stake-sign',
		epoch: Epoch(4),
		answer: hash,
		stakes: [{cardanoPool: Hash28(new Uint8Array(28).fill(5)), stake: ada(7)}],
		memberVk: key,
		signature: new Uint8Array(64).fill(4),
	},
};

const wires = Object.values(actions).map(action =>
	encodeTransaction(chain.transaction(alice, action, {with: [bob], proof: Uint8Array.of(1, 2)})),
);

for (const action of Object.values(actions))
	test(`${action.kind} reads back as it was written`, t => {
		const proof = action.kind === 'prove' ? new Uint8Array(300).fill(9) : undefined;
		const transaction = chain.transaction(alice, action, {with: [bob, carol], ...(proof && {proof})});
		const wire = encodeTransaction(transaction);
		t.is(wire.length, transaction.size);
		const decoded = decodeTransaction(chain.env, wire);
		t.deepEqual(decoded, {ok: true, value: transaction});
		const {id, body, bodyBytes} = transaction;
		t.deepEqual(decodeTransactionBody(chain.env, bodyBytes), {ok: true, value: {id, body, bodyBytes}});
	});

test('the numbers of actions on the wire are fixed', t => {
	t.deepEqual(
		Object.values(actions).map(action => {
			const reader = new CborReader(encode(actionCodec, action));
			reader.array();
			return reader.uint();
		}),
		[
			0, 1, 2, 3, 4, 5, 24, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 18, 22, 23, 25, 26, 27, 28,
			29, 30, 31, 32, 33, 35, 36, 37, 38, 34, 45, 46,
		],
	);
});

test('witnesses stand in the order of their keys, each once', t => {
	const transaction = chain.transaction(alice, actions.transfer, {with: [bob]});
	const [first, second] = transaction.witnesses;
	if (first === undefined || second === undefined) return t.fail();
	t.is(compareBytes(first.verificationKey, second.verificationKey), -1);
	const swapped = encodeTransaction({...transaction, witnesses: [second, first]});
	const twice = encodeTransaction({...transaction, witnesses: [first, first]});
	const at = 1 + transaction.bodyBytes.length;
	t.deepEqual(decodeTransaction(chain.env, swapped), {
		ok: false,
		error: {code: 'TX_MALFORMED', failure: {code: 'CBOR_NOT_CANONICAL', at}},
	});
	t.deepEqual(decodeTransaction(chain.env, twice), {
		ok: false,
		error: {code: 'TX_MALFORMED', failure: {code: 'CBOR_DUPLICATE_KEY', at}},
	});
});

test('a transaction longer than any may be is not looked at', t => {
	const length = PROVE_BYTES_MAX + 1;
	t.deepEqual(decodeTransaction(chain.env, new Uint8Array(length)), {
		ok: false,
		error: {code: 'TX_TOO_LONG', length, lengthMax: PROVE_BYTES_MAX},
	});
});

test('bytes after a transaction are refused', t => {
	const wire = encodeTransaction(chain.transaction(alice, actions.transfer));
	t.deepEqual(decodeTransaction(chain.env, concat(wire, Uint8Array.of(0))), {
		ok: false,
		error: {code: 'TX_MALFORMED', failure: {code: 'CBOR_TRAILING_BYTES', at: wire.length}},
	});
});

test('random bytes and mutated transactions never throw, and what decodes encodes to the same bytes', t => {
	const random = fc.uint8Array({maxLength: 400});
	const mutated = fc
		.tuple(fc.constantFrom(...wires), fc.nat(), fc.integer({min: 0, max: 255}), fc.boolean())
		.map(([wire, at, byte, cut]) => {
			const bytes = wire.slice(0, cut ? at % wire.length : wire.length);
			if (bytes.length > 0) bytes[at % bytes.length] = byte;
			return bytes;
		});
	fc.assert(
		fc.property(fc.oneof(random, mutated), wire => {
			const decoded = decodeTransaction(chain.env, wire);
			if (decoded.ok) t.deepEqual(encodeTransaction(decoded.value), wire);
		}),
		{numRuns: 2000},
	);
	t.pass();
});
