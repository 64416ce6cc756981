import type {Hasher} from '#crypto/crypto';
import {pieceLeafCount} from '#crypto/piece-id';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Log} from '#node/ports/log';
import type {PieceStore, SettledTrie, StoredPiece} from '#node/ports/piece-store';
import {agreementCommitment, agreementTrieOf, type HeldPiece} from '#storage-proofs/agreement-trie';
import {packTrie} from '#storage-proofs/trie/trie-page';
import {AgreementBook, NOTHING_SETTLED} from './agreement-book.ts';

const isDamage = (error: unknown): boolean =>
	error instanceof NodeError && error.code === 'PIECE_INDEX_DAMAGED';

const heldPieceOf = ({pieceId, length}: StoredPiece): HeldPiece => ({
	pieceId,
	leaves: pieceLeafCount(length),
});

/** The books of all agreements, each read from the store when it is first asked for. */
export class AgreementShelf {
	readonly #hasher: Hasher;
	readonly #store: PieceStore;
	readonly #log: Log;
	readonly #books = new Map<string, Promise<AgreementBook>>();
	/** The last piece of work on each agreement. */
	readonly #turns = new Map<string, Promise<unknown>>();

	constructor(hasher: Hasher, store: PieceStore, log: Log) {
		this.#hasher = hasher;
		this.#store = store;
		this.#log = log;
	}

	book(agreementId: Hash32): Promise<AgreementBook> {
		const key = toHex(agreementId);
		let book = this.#books.get(key);
		if (book === undefined) {
			book = this.#read(agreementId);
			this.#books.set(key, book);
			// What could not be read is tried again the next time.
			book.catch(() => this.#books.delete(key));
		}
		return book;
	}

	/** Changes of one agreement take turns, so that disk and book stay equal. */
	change<T>(agreementId: Hash32, work: (book: AgreementBook) => Promise<T>): Promise<T> {
		const key = toHex(agreementId);
		const before = this.#turns.get(key) ?? Promise.resolve();
		const turn = before.catch(() => undefined).then(() => this.#mended(agreementId, work));
		this.#turns.set(key, turn);
		return turn.finally(() => {
			if (this.#turns.get(key) === turn) this.#turns.delete(key);
		});
	}

	/** Forgets an agreement and its pieces. */
	drop(agreementId: Hash32): Promise<void> {
		return this.change(agreementId, async () => {
			await this.#store.dropAgreement(agreementId);
			this.#books.delete(toHex(agreementId));
		});
	}

	/** Does what a damaged index may keep from being done; if so, the index is made again first. */
	async #mended<T>(agreementId: Hash32, work: (book: AgreementBook) => Promise<T>): Promise<T> {
		try {
			return await work(await this.book(agreementId));
		} catch (error) {
			if (!isDamage(error)) throw error;
		}
		await this.#mend(agreementId);
		return await work(await this.book(agreementId));
	}

	/** Makes the settled trie again from the pieces that are held, under new page numbers. O(pieces of the agreement). */
	async #mend(agreementId: Hash32): Promise<SettledTrie> {
		const {settled = NOTHING_SETTLED} = await this.#store.load(agreementId);
		const held: HeldPiece[] = [];
		for await (const piece of this.#store.pieces(agreementId, 'all'))
			if (piece.held) held.push(heldPieceOf(piece));
		const made = agreementTrieOf(held);
		assert(made.ok, 'pieces on one disk are fewer than 2^64 leaves');
		const {root, leaves} = agreementCommitment(this.#hasher, made.value);
		let {nextPage} = settled;
		const packed = packTrie(this.#hasher, made.value, () => nextPage++);
		const page = packed.root?.page ?? null;
		const trie: SettledTrie = {root, leaves: Number(leaves), page, nextPage};
		// Pages of before are few and stay behind: where the damaged one led to is not known.
		await this.#store.change(agreementId, {settle: {trie, putPages: packed.pages, dropPages: []}});
		this.#books.delete(toHex(agreementId));
		this.#log.warn('index of pieces made again', {agreementId: toHex(agreementId), pieces: held.length});
		return trie;
	}

	async #read(agreementId: Hash32): Promise<AgreementBook> {
		const stored = await this.#store.load(agreementId);
		const settled = stored.settled ?? (await this.#mend(agreementId));
		const ports = {hasher: this.#hasher, store: this.#store, agreementId};
		const book = await AgreementBook.open(ports, {...stored, settled});
		if (book.damaged.length > 0)
			this.#log.error('revisions whose pieces are lost', {
				agreementId: toHex(agreementId),
				revisions: book.damaged,
			});
		return book;
	}
}
