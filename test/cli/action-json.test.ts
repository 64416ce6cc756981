import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {actionShapes, parseAction} from '#cli/action-json';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Ratio} from '#kernel/ratio';
import {EPOCH_MAX, LANE_MAX, LEAVES_MAX} from '#ledger/limits';
import type {Action, ActionKind} from '#ledger/tx/action';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({minLength: length, maxLength: length});
const amount = fc.bigInt({min: 0n, max: 2n ** 64n - 1n});
const count = (max: number = Number.MAX_SAFE_INTEGER): fc.Arbitrary<number> => fc.integer({min: 0, max});
const epoch = count(EPOCH_MAX);
const leaves = count(LEAVES_MAX);
const hash = bytes(32);
const terms = {storePrice: amount, minTermEpochs: epoch, capacityLeaves: leaves};
const ratio = fc
	.tuple(fc.bigInt({min: 0n, max: 2n ** 64n - 1n}), fc.bigInt({min: 1n, max: 2n ** 64n - 1n}))
	.map(([numerator, denominator]) => Ratio(numerator, denominator));

const signedRevision = fc.record({
	revision: fc.record({
		agreementId: hash,
		revisionNo: count(),
		prevHash: fc.option(hash),
		root: hash,
		leaves,
		validFrom: epoch,
		repairerVk: hash,
	}),
	clientVk: hash,
	clientSignature: bytes(64),
	providerSignature: bytes(64),
});

/** The fields of each action; the compiler says when one is missing. */
const fieldsOf: {readonly [K in ActionKind]: Readonly<Record<string, fc.Arbitrary<unknown>>>} = {
	transfer: {to: bytes(28), amount},
	'pool-register': {
		pool: fc.record({
			coldVk: hash,
			vrfKeyHash: hash,
			checkpointVk: hash,
			rewardAccount: bytes(28),
			cost: amount,
			margin: ratio,
		}),
	},
	'pool-retire': {pool: bytes(28), epoch},
	delegate: {pool: fc.option(bytes(28))},
	'payer-deposit': {amount},
	'payer-withdraw': {amount},
	'payer-allow': {client: bytes(28), rateMax: amount, until: epoch},
	'provider-register': {provider: hash, operatorVk: hash, payoutAccount: bytes(28), bond: amount, ...terms},
	'provider-update': {provider: hash, ...terms, accepting: fc.boolean(), bondAdded: amount},
	'provider-exit': {provider: hash},
	'provider-subsidy': {provider: hash, claimId: hash},
	'agreement-open': {
		nonce: count(),
		provider: hash,
		capacityLeaves: leaves,
		rate: amount,
		startEpoch: epoch,
		endEpoch: epoch,
		lockedUntil: epoch,
		repairerVk: hash,
		repairOf: fc.option(hash),
		payer: fc.option(bytes(28)),
	},
	'agreement-close': {agreementId: hash, mode: fc.constantFrom('cooperative', 'client', 'operator')},
	commit: {provider: hash, epoch, root: hash, totalLeaves: count()},
	prove: {provider: hash, epoch, witnessHash: hash},
	'checkpoint-sign': {period: count(), memberVk: hash, signature: bytes(64)},
	withdraw: {claimId: hash, amount},
	'repair-claim': {
		vacated: hash,
		successor: hash,
		pieceId: hash,
		pieceLeaves: leaves,
		vacatedProof: fc.uint8Array({maxLength: 100}),
		successorProof: fc.uint8Array({maxLength: 100}),
		epoch,
	},
	'revision-post': {revision: signedRevision},
	'agreement-renew': {
		agreementId: hash,
		capacityLeaves: leaves,
		rate: amount,
		endEpoch: epoch,
		lockedUntil: epoch,
	},
	'agreement-standing': {agreementId: hash, order: fc.option(fc.record({rateMax: amount, until: epoch}))},
	'agreement-settle': {agreements: fc.array(hash, {maxLength: 3})},
	'revision-equivocation': {first: signedRevision, second: signedRevision},
	'omission-claim': {epoch, revision: signedRevision},
	'omission-answer': {
		agreementId: hash,
		epoch,
		inclusion: fc.uint8Array(),
		revision: fc.option(signedRevision),
	},
	'channel-open': {
		payerVk: hash,
		payee: bytes(28),
		lane: count(LANE_MAX),
		expiry: count(),
		deposit: amount,
	},
	'channel-top-up': {channelId: hash, amount},
	'channel-settle': {channelId: hash, cumulative: amount, signature: bytes(64)},
	'channel-close': {channelId: hash},
	'channel-refund': {channelId: hash},
	'head-set': {
		owner: bytes(28),
		bucket: hash,
		version: count(),
		seen: fc.option(hash),
		root: hash,
		writer: fc.option(hash),
		writers: fc.option(fc.array(bytes(28), {maxLength: 3})),
	},
	'head-remove': {bucket: hash, version: count()},
	'service-class': {agreementId: hash, serviceClass: fc.constantFrom('archive', 'standard', 'fast')},
	'retrieval-demand': {
		agreementId: hash,
		revision: fc.constant(null),
		pieceId: hash,
		pieceLeaves: leaves,
		leafIndex: leaves,
		pieceProof: fc.uint8Array({maxLength: 100}),
	},
	'cardano-pool-bind': {cardanoVk: hash, pool: fc.option(bytes(28)), counter: count(), signature: bytes(64)},
	'cardano-stake-sign': {
		epoch,
		answer: hash,
		stakes: fc.option(fc.array(fc.record({cardanoPool: bytes(28), stake: amount}), {maxLength: 3})),
		memberVk: hash,
		signature: bytes(64),
	},
	'retrieval-answer': {
		agreementId: hash,
		revision: fc.constant(null),
		proof: fc.uint8Array({maxLength: 100}),
	},
	'provider-notice': {
		provider: hash,
		epoch,
		purpose: fc.constantFrom('maintenance', 'loss'),
		agreements: fc.array(hash, {maxLength: 3}),
	},
	'multisig-register': {
		policy: fc.record({threshold: count(6), keys: fc.array(hash, {maxLength: 16})}),
	},
	'access-revoke': {series: fc.option(hash), epoch: count(), until: fc.option(count())},
};

const kinds = Object.keys(fieldsOf) as ActionKind[];

const actionOf = (kind: ActionKind): fc.Arbitrary<Action> =>
	fc.record({kind: fc.constant(kind), ...fieldsOf[kind]}) as fc.Arbitrary<Action>;

const isRatio = (value: unknown): value is Ratio =>
	typeof value === 'object' && value !== null && 'numerator' in value;

/** The JSON that a user would write for an action. */
const written = (value: unknown): unknown => {
	if (typeof value === 'bigint') return value.toString();
	if (value instanceof Uint8Array) return toHex(value);
	if (Array.isArray(value)) return value.map(written);
	if (isRatio(value)) return `${value.numerator}/${value.denominator}`;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, written(field)]));
};

const refusalOf = (t: ExecutionContext, text: string): NodeError => {
	const error = t.throws(() => parseAction(text), {instanceOf: NodeError});
	t.is(error.code, 'ACTION_MALFORMED');
	return error;
};

test('knows every action of the ledger', t => {
	t.true(kinds.every(kind => Object.hasOwn(actionShapes, kind)));
	t.is(Object.keys(actionShapes).length, kinds.length);
});

for (const kind of kinds)
	test(`reads the ${kind} that was written`, t => {
		fc.assert(
			fc.property(actionOf(kind), action => {
				t.deepEqual(parseAction(JSON.stringify(written(action))), action);
			}),
			{numRuns: 25},
		);
	});

test('reads money as decimal text and a margin in any form that names it exactly', t => {
	const pool = {
		coldVk: '11'.repeat(32),
		vrfKeyHash: '22'.repeat(32),
		checkpointVk: '33'.repeat(32),
		rewardAccount: '44'.repeat(28),
		cost: '340000000',
	};
	const marginOf = (margin: string): Ratio => {
		const action = parseAction(JSON.stringify({kind: 'pool-register', pool: {...pool, margin}}));
		return action.kind === 'pool-register' ? action.pool.margin : Ratio(0n, 1n);
	};
	t.deepEqual(marginOf('5/100'), Ratio(1n, 20n));
	t.deepEqual(marginOf('0.05'), Ratio(1n, 20n));
});

const transfer = {kind: 'transfer', to: 'ab'.repeat(28), amount: '5'};

test('names the field that is wrong', t => {
	const pool = {
		coldVk: '11'.repeat(32),
		vrfKeyHash: '22'.repeat(32),
		checkpointVk: '33'.repeat(32),
		rewardAccount: '44'.repeat(28),
		cost: '0',
		margin: '0/1',
	};
	const fieldOf = (value: unknown): unknown => refusalOf(t, JSON.stringify(value)).detail['field'];
	t.is(fieldOf({...transfer, to: 'not hex'}), 'to');
	t.is(fieldOf({...transfer, to: undefined}), 'to');
	t.is(fieldOf({...transfer, amount: 5}), 'amount');
	t.is(fieldOf({...transfer, amount: '-5'}), 'amount');
	t.is(fieldOf({...transfer, amount: '5.5'}), 'amount');
	t.is(fieldOf({...transfer, memo: 'hello'}), 'memo');
	t.is(fieldOf({kind: 'pool-register', pool: {...pool, margin: '1/0'}}), 'pool.margin');
	t.is(fieldOf({kind: 'pool-register', pool: {...pool, extra: 1}}), 'pool.extra');
	t.is(fieldOf({kind: 'pool-register', pool: null}), 'pool.');
	t.is(fieldOf({kind: 'pool-retire', pool: 'ab'.repeat(28), epoch: 1.5}), 'epoch');
	t.is(fieldOf({kind: 'pool-retire', pool: 'ab'.repeat(28), epoch: '1'}), 'epoch');
	t.is(fieldOf({kind: 'provider-update', accepting: 'yes'}), 'provider');
	t.is(fieldOf({kind: 'no-such-action'}), 'kind');
	t.is(fieldOf({kind: '__proto__'}), 'kind');
	t.is(fieldOf({}), 'kind');
	t.is(fieldOf(null), 'kind');
	t.is(fieldOf([]), 'kind');
	t.is(refusalOf(t, '{"kind": "transfer"').detail['field'], 'text');
});

test('refuses what the ledger could not decode: lengths, limits, words', t => {
	refusalOf(t, JSON.stringify({...transfer, to: 'ab'.repeat(27)}));
	refusalOf(t, JSON.stringify({...transfer, to: null}));
	refusalOf(t, JSON.stringify({...transfer, amount: (2n ** 64n).toString()}));
	const retire = {kind: 'pool-retire', pool: 'ab'.repeat(28)};
	refusalOf(t, JSON.stringify({...retire, epoch: EPOCH_MAX + 1}));
	refusalOf(t, JSON.stringify({kind: 'agreement-close', agreementId: 'ab'.repeat(32), mode: 'by force'}));
});

test('takes an action or refuses it with its code, whatever the text is', t => {
	const judge = (text: string): void => {
		try {
			t.true(kinds.includes(parseAction(text).kind));
		} catch (error) {
			t.true(error instanceof NodeError && error.code === 'ACTION_MALFORMED', String(error));
		}
	};
	fc.assert(fc.property(fc.string(), judge), {numRuns: 200});
	fc.assert(fc.property(fc.json(), judge), {numRuns: 200});
	const spoilt = fc
		.constantFrom(...kinds)
		.chain(kind => fc.tuple(actionOf(kind), fc.constantFrom(...Object.keys(fieldsOf[kind])), fc.jsonValue()));
	fc.assert(
		fc.property(spoilt, ([action, field, value]) => {
			judge(JSON.stringify({...(written(action) as object), [field]: value}));
		}),
		{numRuns: 400},
	);
});
