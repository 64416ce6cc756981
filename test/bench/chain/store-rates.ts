/** How fast blocks of a file reach the disk: through the chain database, and plainly into LevelDB. */
import path from 'node:path';
import {Level} from 'level';
import {headerBytesIn} from '#consensus/block/block';
import {decodeHeader} from '#consensus/header/header';
import {assert, defined} from '#kernel/assert';
import {u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {openDiskDatabase} from '#node/adapters/chain-database/open-disk-database';
import type {StoredBlock} from '#node/ports/chain-store';
import {crypto} from '../../support/crypto.ts';
import {readBlocks} from './block-file.ts';
import {K} from './long-chain.ts';

/** Blocks that are selected, or written, together: as many as a node that synchronises judges at once. */
const TOGETHER = 64;

/** Blocks with what finds them, in groups. */
async function* groupsOf(file: string): AsyncGenerator<readonly StoredBlock[]> {
	let group: StoredBlock[] = [];
	for await (const bytes of readBlocks(file)) {
		const header = decodeHeader(crypto, defined(headerBytesIn(bytes), 'a block has a header'));
		assert(header.ok, 'a block of the bench has a good header');
		const {hash, prevHash, slot, blockNo} = header.value;
		group.push({hash, prevHash, slot, blockNo, bytes});
		if (group.length < TOGETHER) continue;
		yield group;
		group = [];
	}
}

/** Blocks a second, the making of groups left out. */
const rateOf = async (
	file: string,
	write: (group: readonly StoredBlock[]) => Promise<void>,
	finish: () => Promise<void>,
): Promise<number> => {
	let blocks = 0;
	let ms = 0;
	const timed = async (work: () => Promise<void>): Promise<void> => {
		const begun = performance.now();
		await work();
		ms += performance.now() - begun;
	};
	for await (const group of groupsOf(file)) {
		await timed(() => write(group));
		blocks += group.length;
	}
	await timed(finish);
	return (blocks / ms) * 1000;
};

/** Volatile part, selection, immutable part k blocks below, all on the disk for good at the end. */
export const storeRate = async (folder: string, file: string): Promise<number> => {
	const database = await openDiskDatabase({
		folder: path.join(folder, 'store'),
		genesisHash: Hash32(new Uint8Array(32)),
		hasher: crypto,
	});
	const {chainStore} = database;
	const recent: StoredBlock[] = [];
	const rate = await rateOf(
		file,
		async group => {
			for (const block of group) await chainStore.putBlock(block);
			recent.push(...group);
			const {hash: tip} = defined(recent.at(-1), 'a group has blocks');
			const anchor = recent.at(-1 - K) ?? null;
			recent.splice(0, recent.length - K - 1);
			await chainStore.select({tip, anchor});
		},
		() => chainStore.settle(),
	);
	await database.close();
	return rate;
};

/** By hash, and the hash by number; the last write waits for the disk. */
export const levelRate = async (folder: string, file: string): Promise<number> => {
	const database = new Level<Uint8Array, Uint8Array>(path.join(folder, 'level'), {
		keyEncoding: 'view',
		valueEncoding: 'view',
	});
	const rate = await rateOf(
		file,
		group =>
			database.batch(
				group.flatMap(({hash, blockNo, bytes}) => [
					{type: 'put', key: hash, value: bytes} as const,
					{type: 'put', key: u64be(blockNo), value: hash} as const,
				]),
			),
		() => database.put(new Uint8Array(1), new Uint8Array(1), {sync: true}),
	);
	await database.close();
	return rate;
};
