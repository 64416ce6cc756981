import {toHex} from '#kernel/bytes';
import {bytes, type Codec, decodeOwn, encode, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {PieceName, PieceStore} from '#node/ports/piece-store';
import {checkPiece, type PieceCheckPorts} from './check-piece.ts';
import type {LossBook} from './loss-book.ts';

/** One walk over all pieces that are held. */
export type ScrubRound = {
	readonly startedMs: number;
	/** The last piece that was looked at. */
	readonly after: PieceName | null;
	readonly pieces: number;
	readonly bytes: number;
	/** Pieces that were found to be lost or spoilt. */
	readonly damaged: number;
	/** Null while it goes on. */
	readonly finishedMs: number | null;
};

export type ScrubberPorts = PieceCheckPorts & {
	readonly store: PieceStore;
	readonly losses: LossBook;
	readonly clock: Clock;
	readonly log: Log;
};

const NOTE = 'scrub';
/** After so many bytes the place is written down; a restart repeats no more than that. */
const NOTED_EVERY = 256 * 1024 * 1024;
/** Even a small store is looked at no slower, so that most of the time it rests. */
const BYTES_PER_SECOND_MIN = 256 * 1024;
/** A round is planned to be over after this part of the time it has, since restarts and full days come between. */
const PLANNED_PART = 0.8;

/** A store that has no pieces yet is looked into so often. */
const EMPTY_REST_MS = 3_600_000;

const roundCodec: Codec<ScrubRound> = record({
	startedMs: uint(),
	after: nullable(record({agreementId: bytes<Hash32>(32), pieceId: bytes<Hash32>(32)})),
	pieces: uint(),
	bytes: uint(),
	damaged: uint(),
	finishedMs: nullable(uint()),
});

/** Looks at every piece that is held once in each period, and writes down which are lost. */
export class Scrubber {
	readonly #ports: ScrubberPorts;
	readonly #periodMs: number;
	#round: ScrubRound;
	#notedBytes: number;

	private constructor(ports: ScrubberPorts, periodMs: number, round: ScrubRound) {
		this.#ports = ports;
		this.#periodMs = periodMs;
		this.#round = round;
		this.#notedBytes = round.bytes;
	}

	static async open(ports: ScrubberPorts, periodMs: number): Promise<Scrubber> {
		const note = await ports.store.note(NOTE);
		const round = note === undefined ? beginRound(ports.clock.now()) : decodeOwn(roundCodec, note);
		return new Scrubber(ports, periodMs, round);
	}

	get round(): ScrubRound {
		return this.#round;
	}

	/** When the next round begins; undefined while one goes on. */
	get restsUntilMs(): number | undefined {
		const {startedMs, finishedMs, pieces} = this.#round;
		if (finishedMs === null) return undefined;
		return pieces === 0 ? finishedMs + EMPTY_REST_MS : Math.max(finishedMs, startedMs + this.#periodMs);
	}

	/** Bytes a second that the rest of the round needs to be over in time. */
	get bytesPerSecond(): number {
		const {startedMs, bytes: done} = this.#round;
		const leftBytes = Math.max(0, this.#ports.store.totals().bytes - done);
		const leftMs = startedMs + this.#periodMs * PLANNED_PART - this.#ports.clock.now();
		if (leftMs <= 0) return Number.POSITIVE_INFINITY;
		return Math.max(BYTES_PER_SECOND_MIN, (leftBytes / leftMs) * 1000);
	}

	/** Looks at one piece; returns its length in bytes, undefined when the round is over and the next one not due. */
	async step(): Promise<number | undefined> {
		const {clock, store} = this.#ports;
		const until = this.restsUntilMs;
		if (until !== undefined) {
			if (clock.now() < until) return undefined;
			this.#round = beginRound(clock.now());
			this.#notedBytes = 0;
		}
		const next = await store.nextHeld(this.#round.after ?? undefined);
		if (next === undefined) return await this.#finish();
		const {agreementId, pieceId, length} = next;
		const isDamaged = await this.#look({agreementId, pieceId});
		const {pieces, bytes: done, damaged} = this.#round;
		this.#round = {
			...this.#round,
			after: {agreementId, pieceId},
			pieces: pieces + 1,
			bytes: done + length,
			damaged: damaged + (isDamaged ? 1 : 0),
		};
		if (this.#round.bytes - this.#notedBytes >= NOTED_EVERY) await this.note();
		return length;
	}

	/** Writes down how far the round has come. */
	async note(): Promise<void> {
		this.#notedBytes = this.#round.bytes;
		await this.#ports.store.putNote(NOTE, encode(roundCodec, this.#round));
	}

	async #finish(): Promise<undefined> {
		const {clock, log} = this.#ports;
		this.#round = {...this.#round, finishedMs: clock.now()};
		const {pieces, bytes: done, damaged, startedMs} = this.#round;
		if (pieces === 0) return undefined;
		log.info('all pieces looked at', {pieces, bytes: done, damaged, tookMs: clock.now() - startedMs});
		await this.note();
		return undefined;
	}

	async #look(name: PieceName): Promise<boolean> {
		const {losses, log, store} = this.#ports;
		const code = await checkPiece(this.#ports, name);
		if (code === undefined) return false;
		// Dropped while it was read: nothing is lost.
		if ((await store.find(name.agreementId, name.pieceId))?.held !== true) return false;
		const isNew = await losses.add({...name, code});
		const fields = {agreementId: toHex(name.agreementId), pieceId: toHex(name.pieceId)};
		if (isNew) log.error('a piece is lost: check the disk', {code, ...fields});
		return true;
	}
}

const beginRound = (startedMs: number): ScrubRound => ({
	startedMs,
	after: null,
	pieces: 0,
	bytes: 0,
	damaged: 0,
	finishedMs: null,
});
