import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import {AgreementBook} from './agreement-book.ts';

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
		const turn = before.catch(() => undefined).then(async () => work(await this.book(agreementId)));
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

	async totals(): Promise<{readonly pieces: number; readonly bytes: number}> {
		let pieces = 0;
		let bytes = 0;
		for (const agreementId of await this.#store.agreements()) {
			const book = await this.book(agreementId);
			pieces += book.pieceCount;
			bytes += book.storedBytes;
		}
		return {pieces, bytes};
	}

	async #read(agreementId: Hash32): Promise<AgreementBook> {
		const book = new AgreementBook(this.#hasher, await this.#store.load(agreementId));
		if (book.damaged.length > 0)
			this.#log.error('revisions whose pieces are lost', {
				agreementId: toHex(agreementId),
				revisions: book.damaged,
			});
		return book;
	}
}
