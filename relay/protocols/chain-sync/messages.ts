import type {Point, Tip} from '#kernel/point';
import type {OfEra, WireList} from '../wire.ts';

export type ChainSyncMessage =
	| {readonly kind: 'requestNext'}
	| {readonly kind: 'awaitReply'}
	| {readonly kind: 'rollForward'; readonly header: OfEra; readonly tip: Tip}
	| {readonly kind: 'rollBackward'; readonly point: Point; readonly tip: Tip}
	| {readonly kind: 'findIntersect'; readonly points: WireList<Point>}
	| {readonly kind: 'intersectFound'; readonly point: Point; readonly tip: Tip}
	| {readonly kind: 'intersectNotFound'; readonly tip: Tip}
	| {readonly kind: 'done'};

/** What following a chain brings. */
export type ChainUpdate = Extract<ChainSyncMessage, {kind: 'rollForward' | 'rollBackward'}>;
