/** The selected chain by place, in memory above the anchor and in the store below it. */
import type {Block} from '#consensus/block/block';
import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Point} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {ChainService} from './chain-service.ts';
import {judgeStoredBytes} from './judge-body.ts';

export type ChainReader = {
	/** The place of that number on the selected chain. */
	place(blockNo: BlockNo): Promise<ChainPlace | undefined>;
	/** Where on the selected chain the block of that hash is. */
	placeOf(hash: HeaderHash): Promise<ChainPlace | undefined>;
	/** A block that is kept, on the selected chain or not; an old one may be pruned. */
	block(hash: HeaderHash): Promise<Block | undefined>;
	/** The bytes of the block, which may be pruned, in a place that `place` gave; undefined when the chain has switched since. */
	bytesAt(place: ChainPlace): Promise<Uint8Array | undefined>;
	/** False: the chain began with the state of a checkpoint, and the blocks before it are not here. */
	beginsAtOrigin(): Promise<boolean>;
	/** Whether the selected chain goes through that point. */
	isOnChain(point: Point): Promise<boolean>;
};

export const createChainReader = (chain: ChainService): ChainReader => {
	const {chainStore} = chain.stores;
	const place = async (blockNo: BlockNo): Promise<ChainPlace | undefined> => {
		const entry = chain.volatileAt(blockNo);
		if (entry !== undefined) return {hash: entry.header.hash, blockNo, slot: entry.header.slot};
		const {tip, immutableTip} = chain;
		// What lies above the anchor is in memory or not on the chain, whatever the store has not yet been told.
		if (tip === 'origin' || immutableTip === 'origin' || blockNo > immutableTip.blockNo) return undefined;
		return chainStore.place(blockNo);
	};
	const placeOf = async (hash: HeaderHash): Promise<ChainPlace | undefined> => {
		const known = chain.find(hash)?.header ?? (await chainStore.find(hash));
		if (known === undefined) return undefined;
		const there = await place(BlockNo(known.blockNo));
		return there !== undefined && equalBytes(there.hash, hash) ? there : undefined;
	};
	return {
		place,
		placeOf,
		block: async hash => {
			const entry = chain.find(hash);
			if (entry?.body !== undefined) return entry.body.block;
			const stored = await chainStore.block(hash);
			const judged = stored && judgeStoredBytes(chain.network, stored.bytes);
			return judged?.ok === true ? judged.value : undefined;
		},
		bytesAt: async ({blockNo, hash}) => {
			const entry = chain.find(hash);
			if (entry?.body !== undefined) return entry.body.block.bytes;
			const there = await chainStore.blockAt(blockNo);
			if (there !== undefined && equalBytes(there.hash, hash)) return there.bytes;
			return (await chainStore.block(hash))?.bytes;
		},
		beginsAtOrigin: async () => chain.tip === 'origin' || (await place(BlockNo(0))) !== undefined,
		isOnChain: async point => point === 'origin' || (await placeOf(point.hash)) !== undefined,
	};
};
