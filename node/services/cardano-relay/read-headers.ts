import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ChainPlace} from '#node/ports/chain-store';
import type {OfEra} from '#relay/protocols/wire';
import type {CardanoChain} from './cardano-chain.ts';
import {headerIn} from './stored-header.ts';

/** About 4 MB of headers. */
const KEPT_MAX = 4_096;

type Kept = {readonly hash: HeaderHash; readonly header: OfEra};

/**
 * Reads headers for all peers that follow the chain. They mostly read the same ones soon after each other: those that were read last
 * are kept, so that a block is taken out of the store and apart once.
 */
export const createHeaderReader = (
	chain: Pick<CardanoChain, 'bytesAt'>,
): ((place: ChainPlace) => Promise<OfEra>) => {
	/** By block number; the oldest first. */
	const kept = new Map<number, Kept>();
	return async place => {
		const known = kept.get(place.blockNo);
		if (known !== undefined && equalBytes(known.hash, place.hash)) return known.header;
		const block = await chain.bytesAt(place);
		if (block === undefined)
			throw new NodeError({code: 'STORE_CORRUPT', message: 'A block of the chain is not in the store.'});
		const {era, bytes} = headerIn(block);
		// A view would keep the whole block.
		const header = {era, bytes: bytes.slice()};
		kept.delete(place.blockNo);
		kept.set(place.blockNo, {hash: place.hash, header});
		const [oldest] = kept.keys();
		if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
		return header;
	};
};
