/**
 * Blocks of all forks above the immutable part, and what is selected among them: files that are only appended to, and
 * removed as a whole once all their blocks are in the immutable part or lost. Which block is where is known in memory.
 */
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {BlockLink, ChainPlace, Selection, StoredBlock} from '#node/ports/chain-store';
import type {FileSystem} from '#node/ports/file-system';
import {AppendLog, type LogPlace} from './append-log.ts';
import {decodeFrame, encodeFrame, type Frame, scanFrames} from './frame.ts';
import {pathBetween} from './path-between.ts';
import {decodeBlock, decodeLink, decodeSelection, encodeBlock, encodeSelection} from './payloads.ts';
import {storeCorrupt} from './store-corrupt.ts';
import {readWhole} from './whole-file.ts';

export type VolatileLimits = {
	/** A file is followed by the next one from this size on. */
	readonly fileBytes: number;
};

type Entry = {readonly link: BlockLink; bytes: Uint8Array | undefined; place: LogPlace | undefined};

const NAME = /^(\d{10})\.volatile$/;
const nameOf = (number: number): string => `${String(number).padStart(10, '0')}.volatile`;

/** What the files of an earlier process hold. */
type Found = {
	readonly entries: Map<string, Entry>;
	/** The highest block number in each file. */
	readonly files: Map<number, number>;
	selection: Selection;
	/** All anchors that were noted, from the oldest file on. */
	readonly anchors: Map<string, ChainPlace>;
	/** The highest of them. */
	final: ChainPlace | null;
	damages: number;
};

const higher = (a: ChainPlace | null, b: ChainPlace | null): ChainPlace | null =>
	a === null || (b !== null && b.blockNo > a.blockNo) ? b : a;

const takeSelection = (found: Found, payload: Uint8Array): void => {
	const selection = decodeSelection(payload);
	if (selection === undefined) return;
	found.selection = selection;
	found.final = higher(found.final, selection.anchor);
	if (selection.anchor !== null) found.anchors.set(toHex(selection.anchor.hash), selection.anchor);
};

const takeBlock = (found: Found, file: number, {offset, length, payload}: Frame): void => {
	const link = decodeLink(payload);
	if (link === undefined) return;
	const key = toHex(link.hash);
	const place = {file, offset, length};
	if (!found.entries.has(key)) found.entries.set(key, {link, bytes: undefined, place});
	found.files.set(file, Math.max(found.files.get(file) ?? -1, link.blockNo));
};

const selectionFrame = (selection: Selection): readonly Uint8Array[] =>
	encodeFrame('selection', [encodeSelection(selection)]);

const scanFile = (found: Found, file: number, bytes: Uint8Array): void => {
	let isTrusted = true;
	for (const frame of scanFrames(bytes)) {
		if (frame.kind === 'damage') {
			found.damages++;
			// A block is what its hash says, wherever it was found; a selection is believed.
			isTrusted &&= frame.isFrame;
		} else if (frame.kind === 'block') takeBlock(found, file, frame);
		else if (frame.kind === 'selection' && isTrusted) takeSelection(found, frame.payload);
	}
};

const scanAll = async (fileSystem: FileSystem, folder: string): Promise<Found & {readonly last: number}> => {
	const found: Found = {
		entries: new Map(),
		files: new Map(),
		selection: {tip: null, anchor: null},
		anchors: new Map(),
		final: null,
		damages: 0,
	};
	let last = -1;
	for (const name of await fileSystem.list(folder)) {
		const number = NAME.exec(name)?.[1];
		if (number === undefined) continue;
		last = Number(number);
		found.files.set(last, -1);
		scanFile(found, last, await readWhole(fileSystem, `${folder}/${name}`));
	}
	return {...found, last};
};

const syncFiles = async (
	fileSystem: FileSystem,
	folder: string,
	numbers: readonly number[],
): Promise<void> => {
	for (const number of numbers) {
		const file = await fileSystem.open(`${folder}/${nameOf(number)}`);
		try {
			await file.sync();
		} finally {
			await file.close();
		}
	}
	await fileSystem.syncFolder(folder);
};

export class VolatilePart {
	readonly #fileSystem: FileSystem;
	/** Of the database. */
	readonly #folder: string;
	readonly #log: AppendLog;
	readonly #entries: Map<string, Entry>;
	readonly #files: Map<number, number>;
	#selection: Selection;
	/** The last selection that is in a file. */
	#written: Selection;
	#final: ChainPlace | null;
	/** What `#final` was when it was opened. */
	readonly #finalBefore: ChainPlace | null;
	/** Those of earlier processes, until it is known which of them lead on from the immutable part. */
	#anchors: readonly ChainPlace[];
	/** Frames that were found damaged when it was opened: torn ends, mostly. */
	readonly damages: number;

	private constructor(
		{fileSystem, folder, limits}: {fileSystem: FileSystem; folder: string; limits: VolatileLimits},
		found: Found & {readonly last: number},
	) {
		this.#fileSystem = fileSystem;
		this.#folder = folder;
		this.#entries = found.entries;
		this.#files = found.files;
		this.#selection = found.selection;
		this.#written = found.selection;
		this.#final = found.final;
		this.#finalBefore = found.final;
		this.#anchors = [...found.anchors.values()];
		this.damages = found.damages;
		// Never behind what may be torn: each process begins a file of its own.
		this.#log = new AppendLog({
			fileSystem,
			folder: `${folder}/volatile`,
			nameOf,
			first: found.last + 1,
			fileBytes: limits.fileBytes,
			// What is selected is known from the newest file alone, whichever older ones go. Not what is selected by now:
			// that, and the blocks that it is about, may still wait to be written.
			begin: number => {
				this.#files.set(number, this.#files.get(number) ?? -1);
				return this.#selectionFrames();
			},
		});
	}

	static async open(parts: {
		readonly fileSystem: FileSystem;
		readonly folder: string;
		readonly limits: VolatileLimits;
		/** False: what the last process wrote may not be on the disk yet. */
		readonly isClean: boolean;
	}): Promise<VolatilePart> {
		const {fileSystem, isClean} = parts;
		const folder = `${parts.folder}/volatile`;
		await fileSystem.makeFolder(folder);
		const found = await scanAll(fileSystem, folder);
		if (!isClean) await syncFiles(fileSystem, folder, [...found.files.keys()]);
		return new VolatilePart(parts, found);
	}

	/** The last one noted; its anchor, once it is renewed, is one whose blocks are all here. */
	get selection(): Selection {
		return this.#selection;
	}

	/** The highest anchor ever noted: what may not be undone even if blocks below it are damaged. */
	get final(): ChainPlace | null {
		return this.#final;
	}

	link(hash: HeaderHash): BlockLink | undefined {
		return this.#entries.get(toHex(hash))?.link;
	}

	/** In the order of their arrival. */
	links(): readonly BlockLink[] {
		return [...this.#entries.values()].map(({link}) => link);
	}

	async block(hash: HeaderHash): Promise<StoredBlock | undefined> {
		const entry = this.#entries.get(toHex(hash));
		if (entry === undefined) return undefined;
		if (entry.bytes !== undefined) return {...entry.link, bytes: entry.bytes};
		const place = defined(entry.place, 'a block is in memory until it is in a file');
		try {
			const payload = decodeFrame('block', await this.#log.read(place));
			const block = payload && decodeBlock(payload);
			if (block !== undefined) return block;
			throw storeCorrupt(this.#folder, `Block ${entry.link.blockNo} in the volatile part is damaged`);
		} catch (error) {
			// It was removed meanwhile: then it is in the immutable part, or lost to another fork.
			if (!this.#entries.has(toHex(hash))) return undefined;
			throw error;
		}
	}

	/** Keeps a block; `written` and `sync` say when it is in a file. */
	put(block: StoredBlock): void {
		const {bytes, ...link} = block;
		const key = toHex(block.hash);
		if (this.#entries.has(key)) return;
		const entry: Entry = {link, bytes, place: undefined};
		this.#entries.set(key, entry);
		this.#log.append(encodeFrame('block', encodeBlock(block)), place => {
			entry.place = place;
			entry.bytes = undefined;
			this.#files.set(place.file, Math.max(this.#files.get(place.file) ?? -1, link.blockNo));
		});
	}

	select(selection: Selection): void {
		this.#final = higher(this.#final, selection.anchor);
		this.#selection = selection;
		this.#log.append(selectionFrame(selection), () => {
			this.#written = selection;
		});
	}

	/**
	 * Notes again what is selected, in a file of this process: then any of the older ones may go. The highest anchor may
	 * have outlived its blocks, as a power cut keeps what it likes of what was not synced. One that was settled has not: so
	 * what is taken up is the highest one whose blocks are here.
	 */
	async renew(immutableTip: ChainPlace | undefined): Promise<void> {
		const kept = this.#anchors
			.filter(({blockNo}) => immutableTip === undefined || blockNo > immutableTip.blockNo)
			.toSorted((a, b) => b.blockNo - a.blockNo)
			.find(({hash}) => pathBetween(this, immutableTip, hash) !== undefined);
		this.#anchors = [];
		this.#written = {tip: this.#selection.tip, anchor: kept ?? immutableTip ?? null};
		this.select(this.#written);
		await this.#log.sync();
	}

	/** What was final and is missing comes first: the last one is what is selected. */
	#selectionFrames(): readonly Uint8Array[] {
		const {tip, anchor} = this.#written;
		const final = higher(anchor, this.#finalBefore);
		const isAhead = final !== anchor;
		return [...(isAhead ? selectionFrame({tip, anchor: final}) : []), ...selectionFrame(this.#written)];
	}

	/** Something could not be written: nothing more is. */
	get isFailed(): boolean {
		return this.#log.isFailed;
	}

	/** The system has all that was given. */
	written(): Promise<void> {
		return this.#log.written();
	}

	/** The disk has all that was given. */
	sync(): Promise<void> {
		return this.#log.sync();
	}

	/** Forgets blocks up to that number, and removes the files that hold nothing else. */
	async collect(upTo: number): Promise<void> {
		for (const [key, {link, place}] of this.#entries)
			if (link.blockNo <= upTo && place !== undefined) this.#entries.delete(key);
		for (const [number, highest] of this.#files) {
			if (highest > upTo || number >= this.#log.current) continue;
			this.#files.delete(number);
			await this.#fileSystem.remove(`${this.#folder}/volatile/${nameOf(number)}`);
		}
	}

	async close(): Promise<void> {
		assert(!this.#log.isClosed, 'the volatile part is closed once');
		await this.#log.close();
	}
}
