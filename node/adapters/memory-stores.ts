/** Stores that last as long as the process: tests, and the oracle that the files are compared with. */
import {assert, defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {BlockNo} from '#kernel/slot';
import type {ChainIndex, IndexedBlock} from '#node/ports/chain-index';
import type {BlockLink, ChainPlace, ChainStore, Selection, StoredBlock} from '#node/ports/chain-store';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';

const placeOf = ({hash, blockNo, slot}: ChainPlace): ChainPlace => ({hash, blockNo, slot});

export const createMemoryChainStore = (): ChainStore => {
	const blocks = new Map<string, StoredBlock>();
	const final: StoredBlock[] = [];
	let selected: Selection = {tip: null, anchor: null};
	const finalAt = (blockNo: number): StoredBlock | undefined => final[blockNo - (final[0]?.blockNo ?? 0)];
	const find = (hash: HeaderHash): StoredBlock | undefined =>
		blocks.get(toHex(hash)) ?? final.find(block => equalBytes(block.hash, hash));
	const finish = (anchor: ChainPlace): void => {
		const path: StoredBlock[] = [];
		const last = final.at(-1);
		for (let at: HeaderHash | null = anchor.hash; at !== null && !(last && equalBytes(at, last.hash)); ) {
			const block: StoredBlock = defined(blocks.get(toHex(at)), 'what becomes final is kept');
			path.push(block);
			at = block.prevHash;
		}
		final.push(...path.reverse());
		for (const [key, {blockNo}] of blocks) if (blockNo <= anchor.blockNo) blocks.delete(key);
	};
	return {
		begin: async block => {
			assert(final.length === 0 && blocks.size === 0, 'the store is empty');
			final.push(block);
			selected = {tip: null, anchor: placeOf(block)};
		},
		putBlock: async block => {
			const last = final.at(-1);
			if (last === undefined || block.blockNo > last.blockNo) blocks.set(toHex(block.hash), block);
		},
		select: async ({tip, anchor}) => {
			const last = final.at(-1);
			if (anchor !== null && (last === undefined || anchor.blockNo > last.blockNo)) finish(anchor);
			const end = final.at(-1);
			selected = {tip, anchor: end === undefined ? null : placeOf(end)};
		},
		settle: async () => undefined,
		archive: async () => undefined,
		dropOld: async ({slot, blockNo}) => {
			const kept = final.findIndex(block => block.slot >= slot || block.blockNo >= blockNo);
			return final.splice(0, kept < 0 ? final.length - 1 : kept).length;
		},
		find: async hash => {
			const block = find(hash);
			return block && placeOf(block);
		},
		block: async hash => find(hash),
		place: async blockNo => {
			const block = finalAt(blockNo);
			return block && placeOf(block);
		},
		blockAt: async blockNo => finalAt(blockNo),
		firstPlace: async () => final[0] && placeOf(final[0]),
		immutableTip: () => {
			const last = final.at(-1);
			return last && placeOf(last);
		},
		volatileBlocks: () =>
			[...blocks.values()]
				.sort((a, b) => a.blockNo - b.blockNo)
				.map(({bytes: _, ...link}): BlockLink => link),
		selection: () => selected,
	};
};

/** Newest first. */
const entriesBelow = (
	byNumber: ReadonlyMap<number, IndexedBlock>,
	account: string,
	before: BlockNo | undefined,
): readonly (ChainPlace & {readonly entry: string})[] =>
	[...byNumber.values()]
		.filter(({blockNo}) => before === undefined || blockNo < before)
		.sort((a, b) => b.blockNo - a.blockNo)
		.flatMap(block => {
			const found = block.accountEntries.find(([id]) => id === account);
			return found === undefined ? [] : [{...placeOf(block), entry: found[1]}];
		});

export const createMemoryChainIndex = (): ChainIndex => {
	const byHash = new Map<string, IndexedBlock>();
	const byTransaction = new Map<string, ChainPlace>();
	const byNumber = new Map<number, IndexedBlock>();
	let last: ChainPlace | undefined;
	return {
		add: async blocks => {
			for (const block of blocks) {
				byHash.set(toHex(block.hash), block);
				byNumber.set(block.blockNo, block);
				for (const txId of block.txIds) byTransaction.set(toHex(txId), placeOf(block));
				last = placeOf(block);
			}
		},
		indexedTo: async () => last,
		settle: async () => undefined,
		find: async hash => {
			const block = byHash.get(toHex(hash));
			return block && placeOf(block);
		},
		transaction: async txId => byTransaction.get(toHex(txId)),
		async *accountEntries(account, {before}) {
			yield* entriesBelow(byNumber, account, before);
		},
		events: async hash => byHash.get(toHex(hash))?.events ?? [],
		close: async () => undefined,
	};
};

export const createMemoryLedgerStore = (): LedgerStore => {
	const pinnedByName = new Map<string, LedgerSnapshot>();
	let kept: readonly LedgerSnapshot[] = [];
	return {
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
