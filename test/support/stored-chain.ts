/** A chain of blocks without meaning, for stores that do not look into them. */
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import type {ChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import type {ChainPlace, StoredBlock} from '#node/ports/chain-store';
import {openTestDatabase} from './chain-databases.ts';
import {createFaultyFileSystem, type FaultyFileSystem} from './faulty-file-system.ts';

export const hashOfNumber = (number: number): Hash32 => Hash32(new Uint8Array(32).fill(number).fill(1, 0, 1));
export const storedGenesis: Hash32 = hashOfNumber(200);

export const numberedBlock = (number: number): StoredBlock => ({
	hash: hashOfNumber(number),
	prevHash: number === 0 ? null : hashOfNumber(number - 1),
	slot: Slot(2 * number),
	blockNo: BlockNo(number),
	bytes: new Uint8Array(300 + number).fill(number),
});

export const numberedPlace = (number: number): ChainPlace => {
	const {hash, blockNo, slot} = numberedBlock(number);
	return {hash, blockNo, slot};
};

/** Blocks below the tip that may be rolled back. */
export const STORED_DEPTH = 6;

/** Blocks `from` to `to` (exclusive), one after the other, with all that is too deep becoming final. */
export const growStored = async (
	{chainStore, chainIndex}: ChainDatabase,
	from: number,
	to: number,
	settled: () => void = () => undefined,
): Promise<void> => {
	for (let number = from; number < to; number++) {
		await chainStore.putBlock(numberedBlock(number));
		await chainIndex.add([{...numberedPlace(number), txIds: [], accountEntries: [], events: []}]);
		const anchor = number < STORED_DEPTH ? null : numberedPlace(number - STORED_DEPTH);
		await chainStore.select({tip: hashOfNumber(number), anchor});
		await chainStore.settle();
		settled();
	}
};

const makeKilled = async (): Promise<FaultyFileSystem> => {
	const disk = createFaultyFileSystem();
	await growStored(await openTestDatabase(disk, {genesisHash: storedGenesis}), 0, 30);
	disk.crash('process');
	disk.restart();
	return disk;
};

let killed: Promise<FaultyFileSystem> | undefined;

/** A database of 30 blocks, of which 24 are final, after its process was killed. */
export const killedDatabase = async (): Promise<FaultyFileSystem> => {
	killed ??= makeKilled();
	return (await killed).copy();
};
