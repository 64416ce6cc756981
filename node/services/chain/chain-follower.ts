import {headerBytesIn} from '#consensus/block/block';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Point, Tip} from '#kernel/point';
import type {BlockNo} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {ChainFollower, WithSignal} from '#relay/handlers';
import {DCLOUD_HEADER_ERA} from '#relay/protocols/block';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {OfEra} from '#relay/protocols/wire';
import {ChainCursor, type PlaceReader, type SelectedChain} from './chain-cursor.ts';
import type {ChainReader} from './chain-reader.ts';
import type {ChainService} from './chain-service.ts';

/** What peers are told of the tip. */
export const toldTip = (chain: SelectedChain): Tip => chain.toldTip ?? chain.tip;

const pointOf = ({slot, hash}: ChainPlace): Point => ({slot, hash});

/** One for each peer that follows a chain; `headerAt` gives the header in a place of it, as chain-sync carries it. */
export const followSelectedChain = (
	chain: SelectedChain,
	reader: PlaceReader,
	headerAt: (place: ChainPlace) => Promise<OfEra>,
): ChainFollower => {
	const cursor = new ChainCursor(chain, reader);
	/** The first answer after an intersection is a roll back to it. */
	let mustRollBack = false;
	/** What the cursor stands on while it has told nothing. */
	let beginning: Point = 'origin';
	const here = (place: ChainPlace | undefined): Point => (place === undefined ? beginning : pointOf(place));

	/** Where reading goes on from: after a block, or at the chain's beginning. */
	const standAt = async (
		point: Point,
	): Promise<{readonly place?: ChainPlace; readonly firstNo?: BlockNo} | undefined> => {
		if (point === 'origin') return (await reader.beginsAtOrigin()) ? {} : undefined;
		const place = await reader.placeOf(point.hash);
		if (place?.slot === point.slot) return {place};
		const base = await reader.base?.();
		return base !== undefined && equalBytes(base.hash, point.hash) ? {firstNo: base.firstNo} : undefined;
	};

	const findIntersect = async (
		points: readonly Point[],
	): Promise<{readonly intersect: Point | undefined; readonly tip: Tip}> => {
		for (const point of points) {
			const stand = await standAt(point);
			if (stand === undefined) continue;
			if (stand.place === undefined) beginning = point;
			cursor.moveTo(stand.place, stand.firstNo);
			mustRollBack = true;
			return {intersect: point, tip: toldTip(chain)};
		}
		return {intersect: undefined, tip: toldTip(chain)};
	};
	const next = async (): Promise<ChainUpdate | undefined> => {
		if (mustRollBack) {
			mustRollBack = false;
			return {kind: 'rollBackward', point: here(cursor.place), tip: toldTip(chain)};
		}
		const step = await cursor.next();
		if (step === undefined) return undefined;
		if (step.kind === 'back') return {kind: 'rollBackward', point: here(step.place), tip: toldTip(chain)};
		return {kind: 'rollForward', header: await headerAt(step.place), tip: toldTip(chain)};
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

/** One for each peer that follows our chain. */
export const followChain = (chain: ChainService, reader: ChainReader): ChainFollower =>
	followSelectedChain(chain, reader, async place => {
		const known = chain.find(place.hash)?.header.bytes;
		if (known !== undefined) return {era: DCLOUD_HEADER_ERA, bytes: known};
		const block = await reader.bytesAt(place);
		const bytes = block && headerBytesIn(block);
		if (bytes !== undefined) return {era: DCLOUD_HEADER_ERA, bytes};
		throw new NodeError({code: 'STORE_CORRUPT', message: 'A block of the chain is not in the store.'});
	});
