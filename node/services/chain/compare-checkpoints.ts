/** The history that Cardano made final beside that of this node, period by period. */
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {CheckpointOnCardano} from '#node/ports/checkpoint-history';
import {periodEndSlot} from '../snapshot-file/verify-snapshot.ts';
import type {ChainService} from './chain-service.ts';

export type ComparedPeriod = {
	readonly period: number;
	readonly onCardano: {readonly blockHash: HeaderHash; readonly createdAt: McRef};
	/**
	 * The period's last block here; `blockNo` is -1 when no block was made before its end, and the hash that of the genesis.
	 * Undefined: there is no block here yet after its end, or the chain here began later, with a snapshot.
	 */
	readonly here: {readonly blockHash: HeaderHash; readonly blockNo: number} | undefined;
	readonly verdict: 'same' | 'other' | 'unknown';
};

type Chain = Pick<ChainService, 'network' | 'tip' | 'volatile' | 'volatileAt' | 'stores'>;

const firstPlaceOf = async ({stores, volatile}: Chain): Promise<ChainPlace | undefined> =>
	(await stores.chainStore.firstPlace()) ?? volatile[0];

const placeAt = async (chain: Chain, blockNo: BlockNo): Promise<ChainPlace> =>
	defined(
		chain.volatileAt(blockNo)?.header ?? (await chain.stores.chainStore.place(blockNo)),
		'a chain has a block of each number up to its tip',
	);

/** O(log blocks) looks at the index of blocks. */
const lastBlockBefore = async (chain: Chain, endSlot: number): Promise<ComparedPeriod['here']> => {
	const {tip} = chain;
	const first = await firstPlaceOf(chain);
	if (tip === 'origin' || first === undefined || tip.slot < endSlot) return undefined;
	if (first.slot >= endSlot)
		return first.blockNo === 0 ? {blockHash: chain.network.env.genesisHash, blockNo: -1} : undefined;
	let below = first;
	let above: number = tip.blockNo;
	while (above - below.blockNo > 1) {
		const middle = await placeAt(chain, BlockNo(Math.floor((below.blockNo + above) / 2)));
		if (middle.slot < endSlot) below = middle;
		else above = middle.blockNo;
	}
	return {blockHash: below.hash, blockNo: below.blockNo};
};

/** Reads the chain's index alone; the checkpoints in the order in which they are given. */
export const compareCheckpoints = async (
	chain: Chain,
	checkpoints: readonly CheckpointOnCardano[],
): Promise<readonly ComparedPeriod[]> => {
	const compared: ComparedPeriod[] = [];
	for (const {period, blockHash, createdAt} of checkpoints) {
		const here = await lastBlockBefore(chain, periodEndSlot(chain.network, period));
		const isSame = here && equalBytes(here.blockHash, blockHash);
		const verdict = isSame === undefined ? 'unknown' : isSame ? 'same' : 'other';
		compared.push({period, onCardano: {blockHash, createdAt}, here, verdict});
	}
	return compared;
};
