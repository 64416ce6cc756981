import type {Point} from '#kernel/point';

/** Queries and results are items of their own: `queries.ts` and `results.ts`. */
export type LocalStateQueryMessage =
	| {readonly kind: 'acquirePoint'; readonly point: Point}
	| {readonly kind: 'acquireVolatileTip'}
	| {readonly kind: 'acquireImmutableTip'}
	| {readonly kind: 'acquired'}
	| {readonly kind: 'failure'; readonly reason: number}
	| {readonly kind: 'query'; readonly query: Uint8Array}
	| {readonly kind: 'result'; readonly result: Uint8Array}
	| {readonly kind: 'release'}
	| {readonly kind: 'reAcquirePoint'; readonly point: Point}
	| {readonly kind: 'reAcquireVolatileTip'}
	| {readonly kind: 'reAcquireImmutableTip'}
	| {readonly kind: 'done'};

/** The state that a client wants to ask. */
export type AcquireTarget = Point | 'volatileTip' | 'immutableTip';

/** Why a state cannot be asked, as the wire counts it. */
export const ACQUIRE_FAILURES: {readonly pointTooOld: number; readonly pointNotOnChain: number} = {
	pointTooOld: 0,
	pointNotOnChain: 1,
};

export type AcquireFailure = keyof typeof ACQUIRE_FAILURES;

/** Undefined for messages that acquire nothing. */
export const targetOf = (message: LocalStateQueryMessage): AcquireTarget | undefined => {
	switch (message.kind) {
		case 'acquirePoint':
		case 'reAcquirePoint':
			return message.point;
		case 'acquireVolatileTip':
		case 'reAcquireVolatileTip':
			return 'volatileTip';
		case 'acquireImmutableTip':
		case 'reAcquireImmutableTip':
			return 'immutableTip';
		case 'acquired':
		case 'failure':
		case 'query':
		case 'result':
		case 'release':
		case 'done':
			return undefined;
	}
};
