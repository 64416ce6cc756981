import {toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {BlockNo} from '#kernel/slot';
import type {AdoptedBlock, ChainPlace, ChainStore} from '#node/ports/chain-store';
import type {Database} from './level-database.ts';
import {blockRecord, decodeStored, entryRecord, linkRecord, placeRecord} from './stored-block-codec.ts';

// Keys. Block numbers are fixed-width hex, so that their order is the order of keys.
const number = (blockNo: number): string => blockNo.toString(16).padStart(14, '0');
const blockKey = (hash: HeaderHash): string => `block!${toHex(hash)}`;
const linkKey = (blockNo: number, hash: HeaderHash): string => `link!${number(blockNo)}!${toHex(hash)}`;
const mainKey = (blockNo: number): string => `main!${number(blockNo)}`;
const txKey = (txId: Uint8Array): string => `tx!${toHex(txId)}`;
const entryKey = (account: string, blockNo: number): string => `entry!${account}!${number(blockNo)}`;
/** Sorts after every key with the prefix. */
const after = (prefix: string): string => `${prefix}\uffff`;

type Operation =
	| {readonly type: 'put'; readonly key: string; readonly value: Uint8Array}
	| {readonly type: 'del'; readonly key: string};

/** Index entries of blocks that were rolled back stay: whoever reads one checks that its block is still selected. */
const adoption = ({hash, blockNo, slot, txIds, accountEntries}: AdoptedBlock): Operation[] => {
	const place = encode(placeRecord, {hash, slot, blockNo});
	return [
		{type: 'put', key: mainKey(blockNo), value: place},
		...txIds.map((txId): Operation => ({type: 'put', key: txKey(txId), value: place})),
		...accountEntries.map(
			([account, entry]): Operation => ({
				type: 'put',
				key: entryKey(account, blockNo),
				value: encode(entryRecord, {hash, slot, entry}),
			}),
		),
	];
};

/** The chain in the database of a data folder. */
export const createLevelChainStore = ({level, find, guard}: Database): ChainStore => {
	const place = async (blockNo: number): Promise<ChainPlace | undefined> => {
		const found = await find(mainKey(blockNo));
		return found === undefined ? undefined : decodeStored(placeRecord, found);
	};
	const isSelected = async ({hash, blockNo}: Pick<ChainPlace, 'hash' | 'blockNo'>): Promise<boolean> => {
		const selected = await place(blockNo);
		return selected !== undefined && toHex(selected.hash) === toHex(hash);
	};
	const removals = async (keepTo: BlockNo | null): Promise<Operation[]> => {
		const gone = await level
			.keys({gt: keepTo === null ? 'main!' : mainKey(keepTo), lt: after('main!')})
			.all();
		return gone.map(key => ({type: 'del', key}));
	};
	const readEntries = async (account: string, {limit, before}: {limit: number; before?: BlockNo}) => {
		const entries: (ChainPlace & {readonly entry: string})[] = [];
		const lt = before === undefined ? after(`entry!${account}!`) : entryKey(account, before);
		for await (const [key, value] of level.iterator({gt: `entry!${account}!`, lt, reverse: true})) {
			if (entries.length === limit) break;
			const {hash, slot, entry} = decodeStored(entryRecord, value);
			const blockNo = BlockNo(Number.parseInt(key.slice(-14), 16));
			if (await isSelected({hash, blockNo})) entries.push({hash, slot, blockNo, entry});
		}
		return entries;
	};
	return {
		putBlock: ({hash, prevHash, slot, blockNo, bytes}) =>
			guard(() =>
				level.batch([
					{type: 'put', key: blockKey(hash), value: encode(blockRecord, {prevHash, slot, blockNo, bytes})},
					{type: 'put', key: linkKey(blockNo, hash), value: encode(linkRecord, {prevHash, slot})},
				]),
			),
		block: hash =>
			guard(async () => {
				const found = await find(blockKey(hash));
				return found === undefined ? undefined : {hash, ...decodeStored(blockRecord, found)};
			}),
		dropBlocks: hashes =>
			guard(async () => {
				const found = await level.getMany(hashes.map(blockKey));
				const operations = hashes.flatMap((hash, index): Operation[] => {
					const bytes = found[index];
					if (bytes === undefined) return [];
					const {blockNo} = decodeStored(blockRecord, bytes);
					return [
						{type: 'del', key: blockKey(hash)},
						{type: 'del', key: linkKey(blockNo, hash)},
					];
				});
				await level.batch(operations);
			}),
		blocksFrom: from =>
			guard(async () => {
				const links = await level.iterator({gte: `link!${number(from)}`, lt: after('link!')}).all();
				return links.map(([key, value]) => {
					const [, blockNo = '', hash = ''] = key.split('!');
					const {prevHash, slot} = decodeStored(linkRecord, value);
					return {
						hash: new Uint8Array(Buffer.from(hash, 'hex')) as HeaderHash,
						blockNo: BlockNo(Number.parseInt(blockNo, 16)),
						slot,
						prevHash,
					};
				});
			}),
		change: ({keepTo, adopted}) =>
			guard(async () => {
				await level.batch([...(await removals(keepTo)), ...adopted.flatMap(adoption)]);
			}),
		tip: () =>
			guard(async () => {
				const [last] = await level.values({gt: 'main!', lt: after('main!'), reverse: true, limit: 1}).all();
				return last === undefined ? undefined : decodeStored(placeRecord, last);
			}),
		place: blockNo => guard(() => place(blockNo)),
		transaction: txId =>
			guard(async () => {
				const found = await find(txKey(txId));
				if (found === undefined) return undefined;
				const where = decodeStored(placeRecord, found);
				return (await isSelected(where)) ? where : undefined;
			}),
		accountEntries: (account, options) => guard(() => readEntries(account, options)),
	};
};
