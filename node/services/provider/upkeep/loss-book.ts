import {toHex} from '#kernel/bytes';
import {bytes, type Codec, decodeOwn, encode, list, record, text} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {PieceName, PieceStore} from '#node/ports/piece-store';

/** A piece that is held and cannot be read as it was written. */
export type Loss = PieceName & {
	/** PIECE_LOST, PIECE_CORRUPT. */
	readonly code: string;
};

/** More tell nothing new: their agreements are named in the first ones, or come up in the next round. */
const LOSSES_MAX = 4096;
const NOTE = 'losses';

const lossesCodec: Codec<readonly Loss[]> = list(
	record({agreementId: bytes<Hash32>(32), pieceId: bytes<Hash32>(32), code: text(64)}),
	LOSSES_MAX,
);

const keyOf = ({agreementId, pieceId}: PieceName): string => `${toHex(agreementId)} ${toHex(pieceId)}`;

/** What a provider knows to have lost, kept over restarts, until it turns out well or its agreement is gone. */
export class LossBook {
	readonly #store: Pick<PieceStore, 'putNote' | 'note'>;
	#losses: ReadonlyMap<string, Loss>;

	private constructor(store: Pick<PieceStore, 'putNote' | 'note'>, losses: readonly Loss[]) {
		this.#store = store;
		this.#losses = new Map(losses.map(loss => [keyOf(loss), loss]));
	}

	static async open(store: Pick<PieceStore, 'putNote' | 'note'>): Promise<LossBook> {
		const note = await store.note(NOTE);
		return new LossBook(store, note === undefined ? [] : decodeOwn(lossesCodec, note));
	}

	get losses(): readonly Loss[] {
		return [...this.#losses.values()];
	}

	/** True when it was not known. */
	async add(loss: Loss): Promise<boolean> {
		if (this.#losses.has(keyOf(loss)) || this.#losses.size >= LOSSES_MAX) return false;
		await this.#keep(new Map([...this.#losses, [keyOf(loss), loss]]));
		return true;
	}

	/** Forgets those of which `isOver` is true. */
	async forget(isOver: (loss: Loss) => boolean): Promise<void> {
		const left = [...this.#losses].filter(([, loss]) => !isOver(loss));
		if (left.length < this.#losses.size) await this.#keep(new Map(left));
	}

	async #keep(losses: ReadonlyMap<string, Loss>): Promise<void> {
		this.#losses = losses;
		await this.#store.putNote(NOTE, encode(lossesCodec, [...losses.values()]));
	}
}
