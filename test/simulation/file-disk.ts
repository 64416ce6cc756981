import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import type {GenesisHash} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import {type ChainDatabase, openChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import {createMemoryChainIndex} from '#node/adapters/memory-stores';
import type {SignedUnder} from '#node/ports/signing-guard';
import {
	createFaultyFileSystem,
	type DiskFault,
	type FaultyFileSystem,
} from '../support/faulty-file-system.ts';
import type {Disk} from './disk.ts';
import {whileAlive} from './memory-disk.ts';
import type {Random} from './random.ts';

/** The production database on a disk in memory that forgets, tears, flips, fills up and lies. */
export type FileDisk = Disk & {
	/** Lets something go wrong at one of the next writes. */
	arm(fault: DiskFault): void;
	/** Turns a bit of some file, if there is any. */
	rot(): string;
	freeSpace(): void;
	/** An operator gives up on it: the next life begins with an empty disk. What was signed is still known. */
	wipe(): void;
	/** Whether it broke the promises of disks since it was opened last: what was synced may be gone. */
	readonly hasLied: boolean;
};

const FOLDER = '/node/chain';
/** Small, so that short runs fill chunks and files. */
const LIMITS = {chunkBlocks: 50, chunkBytes: 200_000, fileBytes: 100_000, copyBlocks: 10};

export const createFileDisk = (hasher: Hasher, genesisHash: GenesisHash, random: Random): FileDisk => {
	let fileSystem: FaultyFileSystem = createFaultyFileSystem({seed: random.word()});
	let database: ChainDatabase | undefined;
	let index = createMemoryChainIndex();
	let hasLied = false;
	let signed: {readonly slot: Slot; readonly under: SignedUnder} | undefined;
	return {
		get hasLied() {
			return hasLied;
		},
		open: async () => {
			fileSystem.restart();
			index = createMemoryChainIndex();
			database = await openChainDatabase({
				fileSystem,
				folder: FOLDER,
				genesisHash,
				hasher,
				limits: LIMITS,
				openIndex: async () => index,
			});
			hasLied = false;
			return database;
		},
		guard: owner => ({
			lastSignedSlot: () => signed?.slot,
			lastSignedUnder: () => signed?.under,
			record: whileAlive(owner, async (slot, under) => {
				signed = {slot, under};
			}),
		}),
		close: async () => {
			await database?.close();
		},
		crash: how => {
			if (!fileSystem.isDown) fileSystem.crash(how);
		},
		arm: fault => {
			if (fault.kind === 'lie' || fault.kind === 'flip') hasLied = true;
			fileSystem.arm(fault);
		},
		rot: () => {
			hasLied = true;
			const files = fileSystem.files().filter(([, size]) => size > 0);
			if (files.length === 0) return 'nothing';
			const [file, size] = defined(files[random.below(files.length)], 'there is one');
			const offset = random.below(size);
			fileSystem.flipBit(file, offset, random.below(8));
			return `${file} at ${offset}`;
		},
		freeSpace: () => fileSystem.freeSpace(),
		wipe: () => {
			fileSystem = createFaultyFileSystem({seed: random.word()});
			hasLied = true;
		},
	};
};
