import {CborStop} from '#kernel/cbor/failure';
import {ARRAY, BYTES, MAP, TAG, TEXT} from '#kernel/cbor/reader';

const BREAK = 0xff;
const INDEFINITE = 31;
const DEPTH_MAX = 64;

/** An open container of indefinite length, and an open string of indefinite length of either kind. */
const OPEN_ITEMS = -1;
const OPEN_BYTES = -2;
const OPEN_TEXT = -3;

/**
 * Finds the end of one well-formed CBOR item (RFC 8949) in bytes that come in pieces of any size. Looks at every
 * byte once and keeps only where it stands, whatever the cuts. Throws `CborStop` on bytes that cannot become an item.
 */
export class ItemScanner {
	readonly #bytesMax: number;
	/** Items still to come per open container, or one of the three above. */
	readonly #open: number[] = [];
	/** Bytes of a string that are still to pass. */
	#skip = 0;
	/** Bytes of a head's argument that are still to come. */
	#argumentLeft = 0;
	#argument = 0;
	#major = 0;
	/** Bytes of this item before the ones that are being scanned. */
	#before = 0;

	/** No item may be longer than `bytesMax`. */
	constructor(bytesMax: number) {
		this.#bytesMax = bytesMax;
	}

	/** Bytes that are sure to come still: the rest of the string that the last byte was in. */
	get stringBytesLeft(): number {
		return this.#skip;
	}

	/** The offset after the item's last byte, or -1 when all of `bytes` from `start` on belongs to it and more must come. */
	scan(bytes: Uint8Array, start: number): number {
		let at = start;
		while (at < bytes.length) {
			let done: boolean;
			if (this.#skip > 0) {
				const passed = Math.min(this.#skip, bytes.length - at);
				at += passed;
				this.#skip -= passed;
				done = this.#skip === 0 && this.#itemDone();
			} else {
				done = this.#byte(bytes[at] as number, this.#before + at - start);
				at++;
			}
			if (done) {
				if (this.#before + at - start > this.#bytesMax) this.#stop('CBOR_TOO_LONG');
				this.#before = 0;
				return at;
			}
		}
		this.#before += at - start;
		if (this.#before > this.#bytesMax) this.#stop('CBOR_TOO_LONG');
		return -1;
	}

	#stop(code: CborStop['failure']['code'], at: number = this.#before): never {
		throw new CborStop(code, at);
	}

	/** Takes one byte of a head; true when it ends the whole item. */
	#byte(byte: number, at: number): boolean {
		if (this.#argumentLeft > 0) {
			this.#argument = this.#argument * 256 + byte;
			return --this.#argumentLeft === 0 && this.#head(at);
		}
		if (byte === BREAK) return this.#break(at);
		this.#major = byte >> 5;
		const short = byte & 31;
		if (short === INDEFINITE) return this.#openIndefinite(at);
		if (short > 27) this.#stop('CBOR_RESERVED', at);
		if (short < 24) {
			this.#argument = short;
			return this.#head(at);
		}
		this.#argument = 0;
		this.#argumentLeft = 1 << (short - 24);
		return false;
	}

	#head(at: number): boolean {
		const open = this.#open.at(-1);
		if (open === OPEN_BYTES && this.#major !== BYTES) this.#stop('CBOR_WRONG_TYPE', at);
		if (open === OPEN_TEXT && this.#major !== TEXT) this.#stop('CBOR_WRONG_TYPE', at);
		if (this.#major === BYTES || this.#major === TEXT) {
			this.#skip = this.#count(1, at);
			return this.#skip === 0 && this.#itemDone();
		}
		if (this.#major === TAG) {
			this.#enter(1, at);
			return false;
		}
		if (this.#major !== ARRAY && this.#major !== MAP) return this.#itemDone();
		const items = this.#count(this.#major === MAP ? 2 : 1, at);
		if (items === 0) return this.#itemDone();
		this.#enter(items, at);
		return false;
	}

	/** Every byte of a string and every item of a container takes at least a byte of the message. */
	#count(each: number, at: number): number {
		const count = this.#argument * each;
		if (count > this.#bytesMax - at) this.#stop('CBOR_TOO_LONG', at);
		return count;
	}

	#openIndefinite(at: number): boolean {
		const open = this.#open.at(-1);
		if (open === OPEN_BYTES || open === OPEN_TEXT) this.#stop('CBOR_WRONG_TYPE', at);
		if (this.#major === ARRAY || this.#major === MAP) this.#enter(OPEN_ITEMS, at);
		else if (this.#major === BYTES) this.#enter(OPEN_BYTES, at);
		else if (this.#major === TEXT) this.#enter(OPEN_TEXT, at);
		else this.#stop('CBOR_RESERVED', at);
		return false;
	}

	#break(at: number): boolean {
		if ((this.#open.at(-1) ?? 0) >= 0) this.#stop('CBOR_RESERVED', at);
		this.#open.pop();
		return this.#itemDone();
	}

	#enter(items: number, at: number): void {
		if (this.#open.length === DEPTH_MAX) this.#stop('CBOR_TOO_DEEP', at);
		this.#open.push(items);
	}

	/** One item has ended; true when with it all open containers have. */
	#itemDone(): boolean {
		const open = this.#open;
		for (;;) {
			const left = open.at(-1);
			if (left === undefined) return true;
			if (left < 0) return false;
			if (left > 1) {
				open[open.length - 1] = left - 1;
				return false;
			}
			open.pop();
		}
	}
}
