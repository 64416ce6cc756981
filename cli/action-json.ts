/**
 * Actions as JSON, for `dcloud tx build`: the fields of ledger/tx/action.ts with bytes in hexadecimal, money as
 * decimal strings and ratios as "1/20".
 */
import {parseHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {parseRatio} from '#kernel/ratio';
import {type Action, type ActionKind, actionCodec} from '#ledger/tx/action';

type FieldKind = 'bytes' | 'list' | 'stakes' | 'amount' | 'count' | 'slot' | 'flag' | 'ratio' | 'word';
type Shape = {readonly [field: string]: FieldKind | Shape};

const terms = {storePrice: 'amount', minTermEpochs: 'count', capacityLeaves: 'count'} as const;

const standingOrder = {rateMax: 'amount', until: 'count'} as const;

const signedRevision = {
	revision: {
		agreementId: 'bytes',
		revisionNo: 'count',
		prevHash: 'bytes',
		root: 'bytes',
		leaves: 'count',
		validFrom: 'count',
		repairerVk: 'bytes',
	},
	clientVk: 'bytes',
	clientSignature: 'bytes',
	providerSignature: 'bytes',
} as const;

/** What each action is made of; bytes that may be null are written as null. */
export const actionShapes: {readonly [K in ActionKind]: Shape} = {
	transfer: {to: 'bytes', amount: 'amount'},
	'pool-register': {
		pool: {
			coldVk: 'bytes',
			vrfKeyHash: 'bytes',
			checkpointVk: 'bytes',
			rewardAccount: 'bytes',
			cost: 'amount',
			margin: 'ratio',
		},
	},
	'pool-retire': {pool: 'bytes', epoch: 'count'},
	delegate: {pool: 'bytes'},
	'payer-deposit': {amount: 'amount'},
	'payer-withdraw': {amount: 'amount'},
	'payer-allow': {client: 'bytes', rateMax: 'amount', until: 'count'},
	'provider-register': {
		provider: 'bytes',
		operatorVk: 'bytes',
		payoutAccount: 'bytes',
		bond: 'amount',
		...terms,
	},
	'provider-update': {provider: 'bytes', ...terms, accepting: 'flag', bondAdded: 'amount'},
	'provider-exit': {provider: 'bytes'},
	'provider-subsidy': {provider: 'bytes', claimId: 'bytes'},
	'agreement-open': {
		nonce: 'count',
		provider: 'bytes',
		capacityLeaves: 'count',
		rate: 'amount',
		startEpoch: 'count',
		endEpoch: 'count',
		lockedUntil: 'count',
		repairerVk: 'bytes',
		repairOf: 'bytes',
		payer: 'bytes',
	},
	'agreement-close': {agreementId: 'bytes', mode: 'word'},
	commit: {provider: 'bytes', epoch: 'count', root: 'bytes', totalLeaves: 'count'},
	prove: {provider: 'bytes', epoch: 'count', witnessHash: 'bytes'},
	'checkpoint-sign': {period: 'count', memberVk: 'bytes', signature: 'bytes'},
	withdraw: {claimId: 'bytes', amount: 'amount'},
	'repair-claim': {
		vacated: 'bytes',
		successor: 'bytes',
		pieceId: 'bytes',
		pieceLeaves: 'count',
		vacatedProof: 'bytes',
		successorProof: 'bytes',
		epoch: 'count',
	},
	'revision-post': {revision: signedRevision},
	'agreement-renew': {
		agreementId: 'bytes',
		capacityLeaves: 'count',
		rate: 'amount',
		endEpoch: 'count',
		lockedUntil: 'count',
	},
	'agreement-standing': {agreementId: 'bytes', order: standingOrder},
	'agreement-settle': {agreements: 'list'},
	'revision-equivocation': {first: signedRevision, second: signedRevision},
	'omission-claim': {epoch: 'count', revision: signedRevision},
	'omission-answer': {agreementId: 'bytes', epoch: 'count', inclusion: 'bytes', revision: signedRevision},
	'channel-open': {payerVk: 'bytes', payee: 'bytes', lane: 'count', expiry: 'count', deposit: 'amount'},
	'channel-top-up': {channelId: 'bytes', amount: 'amount'},
	'channel-settle': {channelId: 'bytes', cumulative: 'amount', signature: 'bytes'},
	'channel-close': {channelId: 'bytes'},
	'channel-refund': {channelId: 'bytes'},
	'head-set': {
		owner: 'bytes',
		bucket: 'bytes',
		version: 'count',
		seen: 'bytes',
		root: 'bytes',
		writer: 'bytes',
		writers: 'list',
	},
	'head-remove': {bucket: 'bytes', version: 'count'},
	'multisig-register': {policy: {threshold: 'count', keys: 'list'}},
	'access-revoke': {series: 'bytes', epoch: 'count', until: 'slot'},
	'service-class': {agreementId: 'bytes', serviceClass: 'word'},
	'retrieval-demand': {
		agreementId: 'bytes',
		revision: 'bytes',
		pieceId: 'bytes',
		pieceLeaves: 'count',
		leafIndex: 'count',
		pieceProof: 'bytes',
	},
	'retrieval-answer': {agreementId: 'bytes', revision: 'bytes', proof: 'bytes'},
	'cardano-pool-bind': {cardanoVk: 'bytes', pool: 'bytes', counter: 'count', signature: 'bytes'},
	'cardano-stake-sign': {
		epoch: 'count',
		answer: 'bytes',
		stakes: 'stakes',
		memberVk: 'bytes',
		signature: 'bytes',
	},
	'provider-notice': {provider: 'bytes', epoch: 'count', purpose: 'word', agreements: 'list'},
};

const wrong = (field: string, problem: string): never => {
	throw new NodeError({code: 'ACTION_MALFORMED', message: `The action's ${field} ${problem}.`, field});
};

const byteList = (values: readonly unknown[]): readonly Uint8Array[] | undefined => {
	const read = values.map(value => (typeof value === 'string' ? parseHex(value) : undefined));
	return read.every(value => value !== undefined) ? read : undefined;
};

const amountIn = (value: unknown): bigint | undefined =>
	typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;

const stakeList = (
	values: readonly unknown[],
): readonly {readonly cardanoPool: Uint8Array; readonly stake: bigint}[] | undefined => {
	const read = values.map(value => {
		const {cardanoPool, stake} = (value ?? {}) as Readonly<Record<string, unknown>>;
		const [pool] = byteList([cardanoPool]) ?? [];
		const amount = amountIn(stake);
		return pool === undefined || amount === undefined ? undefined : {cardanoPool: pool, stake: amount};
	});
	return read.every(value => value !== undefined) ? read : undefined;
};

/** How each kind of field is read: the value, or undefined when it is not one. */
const readers: {
	readonly [K in FieldKind]: {readonly what: string; readonly read: (value: unknown) => unknown};
} = {
	bytes: {
		what: 'hexadecimal (or null where the action allows it)',
		read: value => (value === null ? null : typeof value === 'string' ? parseHex(value) : undefined),
	},
	list: {
		what: 'a list of hexadecimal (or null where the action allows it)',
		read: value => (value === null ? null : Array.isArray(value) ? byteList(value) : undefined),
	},
	stakes: {
		what: 'a list of {"cardanoPool": …, "stake": …} (or null)',
		read: value => (value === null ? null : Array.isArray(value) ? stakeList(value) : undefined),
	},
	amount: {
		what: 'lovelace written as a decimal string',
		read: amountIn,
	},
	count: {
		what: 'a count',
		read: value => (Number.isSafeInteger(value) && (value as number) >= 0 ? value : undefined),
	},
	slot: {
		what: 'a slot (or null where the action allows it)',
		read: value =>
			value === null || (Number.isSafeInteger(value) && (value as number) >= 0) ? value : undefined,
	},
	flag: {what: 'true or false', read: value => (typeof value === 'boolean' ? value : undefined)},
	ratio: {
		what: 'a ratio such as "1/20"',
		read: value => (typeof value === 'string' ? parseRatio(value) : undefined),
	},
	word: {what: 'a word', read: value => (typeof value === 'string' ? value : undefined)},
};

const readField = (kind: FieldKind, value: unknown, field: string): unknown => {
	const {what, read} = readers[kind];
	const result = read(value);
	return result === undefined ? wrong(field, `is not ${what}`) : result;
};

/** What may be null in some action; the codec knows in which. */
const OPTIONAL: ReadonlySet<Shape> = new Set<Shape>([signedRevision, standingOrder]);

const readOptional = (shape: Shape, value: unknown, within: string): Record<string, unknown> | null =>
	value === null && OPTIONAL.has(shape) ? null : readShape(shape, value, within);

const readShape = (shape: Shape, value: unknown, within: string): Record<string, unknown> => {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		return wrong(within === '' ? 'JSON' : within, 'is not an object');
	const given = value as Readonly<Record<string, unknown>>;
	const extra = Object.keys(given).find(name => !Object.hasOwn(shape, name) && name !== 'kind');
	if (extra !== undefined) wrong(`${within}${extra}`, 'is not one of its fields');
	return Object.fromEntries(
		Object.entries(shape).map(([name, kind]) => [
			name,
			typeof kind === 'string'
				? readField(kind, given[name], `${within}${name}`)
				: readOptional(kind, given[name], `${within}${name}.`),
		]),
	);
};

/** The action that a JSON text says. Throws ACTION_MALFORMED, naming the field. */
export const parseAction = (text: string): Action => {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return wrong('text', 'is not JSON');
	}
	const kind = (value as {kind?: unknown} | null)?.kind;
	if (typeof kind !== 'string' || !Object.hasOwn(actionShapes, kind))
		return wrong('kind', `is not one of ${Object.keys(actionShapes).join(', ')}`);
	const action = {kind, ...readShape(actionShapes[kind as ActionKind], value, '')} as Action;
	return checkedByCodec(action);
};

/** Lengths and limits are the codec's: what it writes and reads back is an action. */
const checkedByCodec = (action: Action): Action => {
	try {
		const decoded = decode(actionCodec, encode(actionCodec, action));
		return decoded.ok ? decoded.value : wrong(`byte ${decoded.error.at}`, `fails with ${decoded.error.code}`);
	} catch (cause) {
		if (cause instanceof NodeError) throw cause;
		throw new NodeError(
			{code: 'ACTION_MALFORMED', message: 'A field of the action has the wrong length or is out of range.'},
			{cause},
		);
	}
};
