import {NodeError} from '#kernel/node-error';
import type {Failure} from '#kernel/result';
import type {Clock} from '#node/ports/clock';
import type {DiskSpace, PieceStore} from '#node/ports/piece-store';

/** `full`: less is free than what is kept for commitments and proofs. `failing`: it did not answer the last time. */
export type DiskState = 'good' | 'full' | 'failing';

export type DiskView = DiskSpace & {
	readonly state: DiskState;
	/** Kept free, in bytes. */
	readonly reserve: number;
	/** Since the start. */
	readonly failures: number;
	readonly lastFailureMs: number | null;
};

export type DiskRefusal =
	| (Failure & {readonly code: 'PROVIDER_DISK_FAILING'})
	| (Failure & {readonly code: 'PROVIDER_DISK_SHORT'});

export type DiskWatch = {
	/** The store, whose failures are counted, and which takes no piece into what is to stay free. */
	readonly store: PieceStore;
	view(): Promise<DiskView>;
	/** Why no agreement should be made with `promisedBytes` in all; undefined when the disk can hold them. */
	refusal(promisedBytes: number): Promise<DiskRefusal | undefined>;
	/** Writes and reads something small, when the disk has failed: it is good again if that goes well. */
	probe(): Promise<void>;
};

export type DiskWatchOptions = {
	/** So much stays free: the index, commitments and compaction need room when pieces have none. */
	readonly reserveBytes: number;
};

/** For how long what was free is taken to be free, less what was written since. */
const SPACE_KNOWN_MS = 1000;
const NOTE = 'probe';

type Watched = {failures: number; lastFailureMs: number | null; isFailing: boolean};

/** The same store; `fails` is told whenever its disk does not answer. */
const watchFailures = (store: PieceStore, fails: () => void): PieceStore => {
	const seen = (error: unknown): never => {
		if (error instanceof NodeError && error.code === 'PIECE_STORE_FAILED') fails();
		throw error;
	};
	return {
		put: (...given) => store.put(...given).catch(seen),
		find: (...given) => store.find(...given).catch(seen),
		open: async (...given) => {
			const reader = await store.open(...given).catch(seen);
			return reader && {length: reader.length, read: (...range) => reader.read(...range).catch(seen)};
		},
		agreements: () => store.agreements(),
		load: agreementId => store.load(agreementId).catch(seen),
		usage: agreementId => store.usage(agreementId),
		totals: () => store.totals(),
		pieces: (...given) => store.pieces(...given),
		page: (...given) => store.page(...given).catch(seen),
		change: (...given) => store.change(...given).catch(seen),
		dropAgreement: agreementId => store.dropAgreement(agreementId).catch(seen),
		commitments: () => store.commitments().catch(seen),
		putCommitment: commitment => store.putCommitment(commitment).catch(seen),
		dropCommitments: epoch => store.dropCommitments(epoch).catch(seen),
		compact: bytesMax => store.compact(bytesMax).catch(seen),
		nextHeld: after => store.nextHeld(after).catch(seen),
		putNote: (...given) => store.putNote(...given).catch(seen),
		note: name => store.note(name).catch(seen),
		space: () => store.space().catch(seen),
		close: () => store.close(),
	};
};

const isSame = (a: Uint8Array, b: Uint8Array | undefined): boolean =>
	b !== undefined && a.length === b.length && a.every((byte, at) => byte === b[at]);

/** Watches the disk under `inner`. */
export const watchDisk = (inner: PieceStore, clock: Clock, {reserveBytes}: DiskWatchOptions): DiskWatch => {
	const watched: Watched = {failures: 0, lastFailureMs: null, isFailing: false};
	const store = watchFailures(inner, () => {
		watched.failures++;
		watched.lastFailureMs = clock.now();
		watched.isFailing = true;
	});
	let known: (DiskSpace & {readonly atMs: number}) | undefined;
	const space = async (): Promise<DiskSpace> => {
		const atMs = clock.now();
		if (known === undefined || Math.abs(atMs - known.atMs) >= SPACE_KNOWN_MS)
			known = {...(await store.space()), atMs};
		return known;
	};
	const put: PieceStore['put'] = async (agreementId, pieceId, bytes) => {
		const {free} = await space();
		if (free - bytes.length < reserveBytes)
			throw new NodeError({
				code: 'PIECE_STORE_FULL',
				message:
					'The disk has no room for more pieces: free some space, or lower the capacity that is offered.',
				freeBytes: free,
				reserveBytes,
			});
		await store.put(agreementId, pieceId, bytes);
		if (known !== undefined) known = {...known, free: known.free - bytes.length};
	};
	const stateOf = ({free}: DiskSpace): DiskState => {
		if (watched.isFailing) return 'failing';
		return free < reserveBytes ? 'full' : 'good';
	};
	return {
		store: {...store, put},
		view: async () => {
			// A disk that does not even say how large it is.
			const now = await space().catch(() => ({free: 0, total: 0}));
			const {failures, lastFailureMs} = watched;
			const {free, total} = now;
			return {free, total, state: stateOf(now), reserve: reserveBytes, failures, lastFailureMs};
		},
		refusal: async promisedBytes => {
			if (watched.isFailing) return {code: 'PROVIDER_DISK_FAILING'};
			const {free} = await space();
			const heldBytes = store.totals().bytes;
			const roomBytes = Math.max(0, free - reserveBytes) + heldBytes;
			return promisedBytes > roomBytes ? {code: 'PROVIDER_DISK_SHORT', promisedBytes, roomBytes} : undefined;
		},
		probe: async () => {
			if (!watched.isFailing) return;
			const written = new Uint8Array(new Float64Array([clock.now()]).buffer);
			await store.putNote(NOTE, written);
			if (isSame(written, await store.note(NOTE))) watched.isFailing = false;
		},
	};
};
