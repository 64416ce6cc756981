/** Stores that last as long as the process: tests, and nodes that keep nothing. */
import {toHex} from '#kernel/bytes';
import type {AdoptedBlock, ChainPlace, ChainStore, StoredBlock} from '#node/ports/chain-store';
import type {AppliedBlock, LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';

const placeOf = ({hash, blockNo, slot}: AdoptedBlock): ChainPlace => ({hash, blockNo, slot});

export const createMemoryChainStore = (): ChainStore => {
	const blocks = new Map<string, StoredBlock>();
	/** By block number, from that of the first: a chain may begin with the block of a checkpoint. */
	const selected: AdoptedBlock[] = [];
	const firstNo = (): number => selected[0]?.blockNo ?? 0;
	return {
		putBlock: async block => {
			blocks.set(toHex(block.hash), block);
		},
		block: async hash => blocks.get(toHex(hash)),
		dropBlocks: async hashes => {
			for (const hash of hashes) blocks.delete(toHex(hash));
		},
		blocksFrom: async from =>
			[...blocks.values()]
				.filter(({blockNo}) => blockNo >= from)
				.sort((a, b) => a.blockNo - b.blockNo)
				.map(({hash, blockNo, slot, prevHash}) => ({hash, blockNo, slot, prevHash})),
		change: async ({keepTo, adopted}) => {
			selected.length = Math.min(selected.length, keepTo === null ? 0 : Math.max(0, keepTo + 1 - firstNo()));
			selected.push(...adopted);
		},
		tip: async () => {
			const last = selected.at(-1);
			return last && placeOf(last);
		},
		place: async blockNo => {
			const block = selected[blockNo - firstNo()];
			return block && placeOf(block);
		},
		transaction: async txId => {
			const block = selected.find(({txIds}) => txIds.some(id => toHex(id) === toHex(txId)));
			return block && placeOf(block);
		},
		accountEntries: async (account, {limit, before = Number.POSITIVE_INFINITY}) =>
			selected
				.filter(({blockNo}) => blockNo < before)
				.flatMap(block =>
					block.accountEntries
						.filter(([id]) => id === account)
						.map(([, entry]) => ({...placeOf(block), entry})),
				)
				.reverse()
				.slice(0, limit),
	};
};

export const createMemoryLedgerStore = (): LedgerStore => {
	const appliedByHash = new Map<string, AppliedBlock>();
	let kept: readonly LedgerSnapshot[] = [];
	const pinnedByName = new Map<string, LedgerSnapshot>();
	return {
		putApplied: async (hash, applied) => {
			appliedByHash.set(toHex(hash), applied);
		},
		applied: async hash => appliedByHash.get(toHex(hash)),
		dropApplied: async hashes => {
			for (const hash of hashes) appliedByHash.delete(toHex(hash));
		},
		putSnapshot: async snapshot => {
			const older = kept.filter(({blockNo}) => blockNo < snapshot.blockNo);
			kept = [snapshot, ...older].slice(0, 2);
		},
		snapshots: async () => kept,
		pin: async (name, snapshot) => {
			pinnedByName.set(name, snapshot);
		},
		unpin: async name => {
			pinnedByName.delete(name);
		},
		pinnedNames: async () => [...pinnedByName.keys()].sort(),
		pinned: async name => pinnedByName.get(name),
	};
};
