import {headerBytesIn} from '#consensus/block/block';
import {NodeError} from '#kernel/node-error';
import type {Point, Tip} from '#kernel/point';
import type {ChainPlace} from '#node/ports/chain-store';
import type {ChainFollower, WithSignal} from '#relay/handlers';
import {DCLOUD_HEADER_ERA} from '#relay/protocols/block';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import {ChainCursor} from './chain-cursor.ts';
import type {ChainReader} from './chain-reader.ts';
import type {ChainService} from './chain-service.ts';

const pointOf = (place: ChainPlace | undefined): Point =>
	place === undefined ? 'origin' : {slot: place.slot, hash: place.hash};

/** One for each peer that follows our chain. */
export const followChain = (chain: ChainService, reader: ChainReader): ChainFollower => {
	const cursor = new ChainCursor(chain, reader);
	/** The first answer after an intersection is a roll back to it. */
	let mustRollBack = false;

	const findIntersect = async (
		points: readonly Point[],
	): Promise<{readonly intersect: Point | undefined; readonly tip: Tip}> => {
		for (const point of points) {
			const place = point === 'origin' ? undefined : await reader.placeOf(point.hash);
			const isHere = point === 'origin' ? await reader.beginsAtOrigin() : place?.slot === point.slot;
			if (!isHere) continue;
			cursor.moveTo(place);
			mustRollBack = true;
			return {intersect: point, tip: chain.tip};
		}
		return {intersect: undefined, tip: chain.tip};
	};
	const headerBytes = async (place: ChainPlace): Promise<Uint8Array> => {
		const known = chain.find(place.hash)?.header.bytes;
		if (known !== undefined) return known;
		const block = await reader.bytesAt(place);
		const bytes = block && headerBytesIn(block);
		if (bytes !== undefined) return bytes;
		throw new NodeError({code: 'STORE_CORRUPT', message: 'A block of the chain is not in the store.'});
	};
	const next = async (): Promise<ChainUpdate | undefined> => {
		if (mustRollBack) {
			mustRollBack = false;
			return {kind: 'rollBackward', point: pointOf(cursor.place), tip: chain.tip};
		}
		const step = await cursor.next();
		if (step === undefined) return undefined;
		if (step.kind === 'back') return {kind: 'rollBackward', point: pointOf(step.place), tip: chain.tip};
		const header = {era: DCLOUD_HEADER_ERA, bytes: await headerBytes(step.place)};
		return {kind: 'rollForward', header, tip: chain.tip};
	};
	return {
		findIntersect,
		next,
		waitForChange: async ({signal}: WithSignal) => {
			if (!mustRollBack) await cursor.waitForChange({signal});
		},
		close: () => cursor.moveTo(undefined),
	};
};
