/**
 * A disk in memory that fails as disks do: the process dies at a write, the power goes and what was not synced is lost,
 * torn or kept, a bit flips, no space is left. The same seed gives the same disk.
 */
import {assert, defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {FaultyContent} from './faulty-content.ts';

/**
 * What happens at a write (`at`: its number from now on, 0 is the next one; appends, cuts, syncs, new names, renames and
 * removals count):
 * `kill`: the process dies before it; `powerCut`: so does the machine; `tornCut`: half of it happens, then the machine
 * dies; `lie`: it is said to be done, syncs too, but the next power cut takes it for sure; `flip`: one of its bits is
 * wrong; `full`: it and all writes after it fail, until `freeSpace`.
 */
export type DiskFault = {
	readonly at: number;
	readonly kind: 'kill' | 'powerCut' | 'tornCut' | 'lie' | 'flip' | 'full';
};

export type FaultyFileSystem = FileSystem & {
	/** How many writes there have been. */
	readonly writes: number;
	/** True after a fault took the process or the machine down: nothing works until `restart`. */
	readonly isDown: boolean;
	arm(fault: DiskFault | undefined): void;
	freeSpace(): void;
	/** The process ends now: open files and locks are gone. `power`: so is what was not synced, in part. */
	crash(how: 'process' | 'power'): void;
	restart(): void;
	/** Damages a byte where it lies, synced or not. */
	flipBit(file: string, offset: number, bit?: number): void;
	/** All files with their sizes, in order of their names. */
	files(): readonly (readonly [file: string, size: number])[];
	/** Another disk with the same files, all of it synced, and no fault armed. */
	copy(): FaultyFileSystem;
	/** A copy of what a file holds. */
	contentOf(file: string): Uint8Array | undefined;
};

/** What is to be done to a write. */
type Outcome = 'as asked' | 'half' | 'lost' | 'flipped';

/** A change of names that no `syncFolder` has covered, and how it is undone. */
type NameChange = {readonly files: readonly string[]; readonly undo: () => void};

const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/')));
const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** Small, seeded and good enough to choose fates with (Mulberry32). */
const randomOf = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

const failed = (file: string, message: string): NodeError =>
	new NodeError({code: 'STORE_FAILED', folder: file, message});

class Disk {
	readonly #random: () => number;
	readonly #names = new Map<string, FaultyContent>();
	readonly #locks = new Set<string>();
	#changes: NameChange[] = [];
	/** Open files and locks of an earlier life are dead. */
	#life = 0;
	#fault: DiskFault | undefined;
	#faultAt = 0;
	#isFull: boolean = false;
	writes = 0;
	isDown: boolean = false;

	constructor(seed: number) {
		this.#random = randomOf(seed);
	}

	arm(fault: DiskFault | undefined): void {
		this.#fault = fault;
		this.#faultAt = this.writes + (fault?.at ?? 0);
	}

	freeSpace(): void {
		this.#isFull = false;
	}

	crash(how: 'process' | 'power'): void {
		this.#life++;
		this.#locks.clear();
		this.#fault = undefined;
		this.isDown = true;
		if (how === 'process') return;
		this.#loseNames();
		for (const content of new Set(this.#names.values())) content.losePower(this.#random);
	}

	restart(): void {
		this.isDown = false;
	}

	/** Each change may be lost or not; but who comes after a lost one of the same name is lost with it. */
	#loseNames(): void {
		const lostNames = new Set<string>();
		const lost = this.#changes.filter(({files}) => {
			const isLost = this.#random() < 0.5 || files.some(file => lostNames.has(file));
			if (isLost) for (const file of files) lostNames.add(file);
			return isLost;
		});
		for (const {undo} of lost.toReversed()) undo();
		this.#changes = [];
	}

	#died(): NodeError {
		return new NodeError({code: 'TEST_DIED', message: 'The process is dead.'});
	}

	#alive(life: number): void {
		if (this.isDown || life !== this.#life) throw this.#died();
	}

	/** Counts a write and lets the armed fault happen. */
	#write(life: number, file: string): Outcome {
		this.#alive(life);
		const number = this.writes++;
		const fault = number === this.#faultAt ? this.#fault : undefined;
		if (fault !== undefined) this.#fault = undefined;
		if (fault?.kind === 'full') this.#isFull = true;
		if (this.#isFull)
			throw new NodeError({code: 'STORE_DISK_FULL', folder: file, message: 'No space left on this disk.'});
		if (fault?.kind === 'kill' || fault?.kind === 'powerCut') {
			this.crash(fault.kind === 'kill' ? 'process' : 'power');
			throw this.#died();
		}
		if (fault?.kind === 'tornCut') return 'half';
		if (fault?.kind === 'lie') return 'lost';
		return fault?.kind === 'flip' ? 'flipped' : 'as asked';
	}

	#append(content: FaultyContent, parts: readonly Uint8Array[], how: Outcome): void {
		if (how === 'as asked' || how === 'lost') {
			content.append(parts, how === 'lost');
			return;
		}
		const whole = new Uint8Array(Buffer.concat(parts));
		if (how === 'half') {
			content.append([whole.subarray(0, Math.floor(whole.length / 2))], false);
			this.crash('power');
			throw this.#died();
		}
		const at = Math.floor(this.#random() * whole.length);
		if (whole.length > 0) whole[at] = (whole[at] as number) ^ (1 << Math.floor(this.#random() * 8));
		content.append([whole], false);
	}

	/** A write that is no append: half of it is none of it. Returns whether it is to be done at all. */
	#change(life: number, file: string): boolean {
		const how = this.#write(life, file);
		if (how !== 'half') return how !== 'lost';
		this.crash('power');
		throw this.#died();
	}

	#opened(content: FaultyContent, file: string): OpenFile {
		const life = this.#life;
		let isOpen = true;
		const check = (): void => {
			this.#alive(life);
			assert(isOpen, 'a file is not used after it was closed');
		};
		return {
			size: async () => {
				check();
				return content.length;
			},
			read: async (offset, length) => {
				check();
				return content.bytes.slice(
					Math.min(offset, content.length),
					Math.min(offset + length, content.length),
				);
			},
			append: async parts => {
				check();
				this.#append(content, parts, this.#write(life, file));
			},
			truncate: async size => {
				check();
				this.#change(life, file);
				content.truncate(size);
			},
			sync: async () => {
				check();
				if (this.#change(life, file)) content.sync();
			},
			close: async () => {
				isOpen = false;
			},
		};
	}

	#put(file: string, content: FaultyContent | undefined): () => void {
		const before = this.#names.get(file);
		if (content === undefined) this.#names.delete(file);
		else this.#names.set(file, content);
		return () => {
			if (before === undefined) this.#names.delete(file);
			else this.#names.set(file, before);
		};
	}

	create(file: string): OpenFile {
		this.#change(this.#life, file);
		if (this.#names.has(file)) throw failed(file, 'There is such a file.');
		const content = new FaultyContent();
		this.#changes.push({files: [file], undo: this.#put(file, content)});
		return this.#opened(content, file);
	}

	open(file: string): OpenFile {
		this.#alive(this.#life);
		const content = this.#names.get(file);
		if (content === undefined) throw failed(file, 'There is no such file.');
		return this.#opened(content, file);
	}

	rename(from: string, to: string): void {
		this.#change(this.#life, from);
		const content = this.#names.get(from);
		if (content === undefined) throw failed(from, 'There is no such file.');
		const undos = [this.#put(to, content), this.#put(from, undefined)];
		this.#changes.push({
			files: [from, to],
			undo: () => {
				for (const undo of undos.toReversed()) undo();
			},
		});
	}

	remove(file: string): void {
		this.#change(this.#life, file);
		if (!this.#names.has(file)) return;
		this.#changes.push({files: [file], undo: this.#put(file, undefined)});
	}

	syncFolder(folder: string): void {
		if (!this.#change(this.#life, folder)) return;
		const synced = new Set<string>();
		// What the synced ones stand on is on the disk too.
		const rest = this.#changes.toReversed().filter(({files}) => {
			const isSynced = files.some(file => folderOf(file) === folder || synced.has(file));
			if (isSynced) for (const file of files) synced.add(file);
			return !isSynced;
		});
		this.#changes = rest.reverse();
	}

	lock(folder: string): () => void {
		this.#alive(this.#life);
		if (this.#locks.has(folder))
			throw new NodeError({code: 'DATA_FOLDER_IN_USE', folder, message: 'Another process uses the folder.'});
		this.#locks.add(folder);
		const life = this.#life;
		return () => {
			if (life === this.#life) this.#locks.delete(folder);
		};
	}

	/** Takes over the files of another disk. */
	fill(other: Disk): void {
		for (const [file, content] of other.#names) {
			const copied = new FaultyContent();
			copied.append([content.bytes.subarray(0, content.length)], false);
			copied.sync();
			this.#names.set(file, copied);
		}
	}

	list(folder: string): readonly string[] {
		this.#alive(this.#life);
		const names = [...this.#names.keys()].filter(file => folderOf(file) === folder).map(nameOf);
		return names.toSorted((a, b) => (a < b ? -1 : 1));
	}

	contentOf(file: string): Uint8Array | undefined {
		const content = this.#names.get(file);
		return content?.bytes.slice(0, content.length);
	}

	flipBit(file: string, offset: number, bit: number): void {
		const {bytes, length} = defined(this.#names.get(file), 'a file to damage');
		assert(offset < length, 'a byte to damage');
		bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
	}

	files(): readonly (readonly [string, number])[] {
		return [...this.#names]
			.map(([file, {length}]) => [file, length] as const)
			.sort(([a], [b]) => (a < b ? -1 : 1));
	}
}

export const createFaultyFileSystem = ({seed = 1}: {readonly seed?: number} = {}): FaultyFileSystem =>
	onDisk(new Disk(seed), seed);

const onDisk = (disk: Disk, seed: number): FaultyFileSystem => {
	return {
		makeFolder: async () => undefined,
		list: async folder => disk.list(folder),
		create: async file => disk.create(file),
		open: async file => disk.open(file),
		rename: async (from, to) => disk.rename(from, to),
		remove: async file => disk.remove(file),
		syncFolder: async folder => disk.syncFolder(folder),
		lock: async folder => {
			const release = disk.lock(folder);
			return {release: async () => release()};
		},
		get writes() {
			return disk.writes;
		},
		get isDown() {
			return disk.isDown;
		},
		arm: fault => disk.arm(fault),
		freeSpace: () => disk.freeSpace(),
		crash: how => disk.crash(how),
		restart: () => disk.restart(),
		flipBit: (file, offset, bit = 0) => disk.flipBit(file, offset, bit),
		files: () => disk.files(),
		contentOf: file => disk.contentOf(file),
		copy: () => {
			const other = new Disk(seed);
			other.fill(disk);
			return onDisk(other, seed);
		},
	};
};
