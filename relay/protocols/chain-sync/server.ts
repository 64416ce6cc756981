import type {Point, Tip} from '#kernel/point';
import type {ChainSyncMessage, ChainUpdate} from './messages.ts';

/** The reply to `requestNext`: the update, or once that there is none yet. Undefined: wait, that has been said. */
export const replyToNext = (
	state: 'canAwait' | 'mustReply',
	update: ChainUpdate | undefined,
): ChainSyncMessage | undefined => update ?? (state === 'canAwait' ? {kind: 'awaitReply'} : undefined);

export const replyToFindIntersect = (point: Point | undefined, tip: Tip): ChainSyncMessage =>
	point === undefined ? {kind: 'intersectNotFound', tip} : {kind: 'intersectFound', point, tip};
