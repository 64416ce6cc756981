import {ItemScanner} from './item-scanner.ts';

/** A finished message that fills at least half of its buffer is handed over in it, without another copy. */
const KEEP_BYTES_MAX = 16_384;

/** Cuts a stream of CBOR items, which comes in pieces of any size, into messages. */
export class MessageCutter {
	readonly #scanner: ItemScanner;
	#buffer: Uint8Array = new Uint8Array(0);
	#length = 0;

	constructor(messageBytesMax: number) {
		this.#scanner = new ItemScanner(messageBytesMax);
	}

	/** Bytes of a message that has not ended yet. */
	get pendingBytes(): number {
		return this.#length;
	}

	/** Calls `each` with every message that ends in `piece`, as bytes of its own. Throws `CborStop`. */
	push(piece: Uint8Array, each: (message: Uint8Array) => void): void {
		let start = 0;
		while (start < piece.length) {
			const end = this.#scanner.scan(piece, start);
			if (end < 0) {
				this.#append(piece.subarray(start));
				return;
			}
			if (this.#length === 0) each(piece.slice(start, end));
			else {
				this.#append(piece.subarray(start, end));
				each(this.#take());
			}
			start = end;
		}
	}

	/**
	 * Grows by doubling what is there already, since a peer cannot make us allocate what it has not sent; but not
	 * beyond the string that is being read, so that a long block ends in a buffer of its own size.
	 */
	#append(piece: Uint8Array): void {
		const length = this.#length + piece.length;
		if (length > this.#buffer.length) {
			const left = this.#scanner.stringBytesLeft;
			const enough = left > 0 ? Math.min(length + left, 2 * length) : 2 * length;
			const wider = new Uint8Array(Math.max(enough, 1_024));
			wider.set(this.#buffer.subarray(0, this.#length));
			this.#buffer = wider;
		}
		this.#buffer.set(piece, this.#length);
		this.#length = length;
	}

	#take(): Uint8Array {
		const whole = this.#buffer.subarray(0, this.#length);
		const handOver = this.#length > KEEP_BYTES_MAX && 2 * this.#length >= this.#buffer.length;
		const message = handOver ? whole : whole.slice();
		if (handOver || this.#buffer.length > KEEP_BYTES_MAX) this.#buffer = new Uint8Array(0);
		this.#length = 0;
		return message;
	}
}
