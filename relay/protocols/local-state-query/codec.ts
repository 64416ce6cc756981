import {uint, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {messageCodec, pointCodec, rawItem} from '../wire.ts';
import type {LocalStateQueryMessage} from './messages.ts';

const point = pointCodec(32);

/** ouroboros-network, `local-state-query.cddl`; 10 and 11 exist from version 16 on. */
export const localStateQueryCodec: MessageCodec<LocalStateQueryMessage> = messageCodec(
	variant({
		acquirePoint: [0, {point}],
		acquired: [1, {}],
		failure: [2, {reason: uint(1)}],
		query: [3, {query: rawItem}],
		result: [4, {result: rawItem}],
		release: [5, {}],
		reAcquirePoint: [6, {point}],
		done: [7, {}],
		acquireVolatileTip: [8, {}],
		reAcquireVolatileTip: [9, {}],
		acquireImmutableTip: [10, {}],
		reAcquireImmutableTip: [11, {}],
	}),
);
