import {isPrunedBlock} from '#consensus/block/pruned-block';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {BlockSource} from '#relay/handlers';
import {DCLOUD_BLOCK_ERA, wrapBlock} from '#relay/protocols/block';
import type {ChainReader} from './chain-reader.ts';

/** A peer that wants more asks again. */
const RANGE_BLOCKS_MAX = 2_000;

/** A stored block as block-fetch carries it; undefined when it is not whole any more. */
type Carry = (bytes: Uint8Array) => Uint8Array | undefined;

/** Of our own chain: `[era, block]`. */
export const wholeBlock: Carry = bytes =>
	isPrunedBlock(bytes) ? undefined : wrapBlock({era: DCLOUD_BLOCK_ERA, bytes});

/** A chain's blocks, for peers that fetch them. `served` is called for each. */
export const createBlockSource = (
	reader: Pick<ChainReader, 'place' | 'placeOf' | 'bytesAt'>,
	served: () => void,
	carry: Carry = wholeBlock,
): BlockSource => {
	const placesBetween = async (from: number, to: number): Promise<readonly ChainPlace[] | undefined> => {
		const places: ChainPlace[] = [];
		for (let blockNo = from; blockNo <= to; blockNo++) {
			const place = await reader.place(BlockNo(blockNo));
			if (place === undefined) return undefined;
			places.push(place);
		}
		return places;
	};
	async function* blocks(places: readonly ChainPlace[]): AsyncGenerator<Uint8Array> {
		for (const place of places) {
			const bytes = await reader.bytesAt(place);
			const block = bytes && carry(bytes);
			if (block === undefined)
				throw new NodeError({
					code: 'CHAIN_BLOCK_GONE',
					message: 'The block left the chain meanwhile, or its proofs are gone.',
				});
			served();
			yield block;
		}
	}
	return {
		range: async ({from, to}) => {
			if (from === 'origin' || to === 'origin') return undefined;
			const [first, last] = [await reader.placeOf(from.hash), await reader.placeOf(to.hash)];
			if (first === undefined || last === undefined) return undefined;
			const count = last.blockNo - first.blockNo + 1;
			if (count < 1 || count > RANGE_BLOCKS_MAX) return undefined;
			const places = await placesBetween(first.blockNo, last.blockNo);
			// Pruned blocks are the oldest: peers fetch those elsewhere, or begin with a checkpoint.
			const oldest = await reader.bytesAt(first);
			return places && oldest && carry(oldest) ? blocks(places) : undefined;
		},
	};
};
