import {defined} from '../assert.ts';
import {decodeUtf8} from '../utf8.ts';
import {type CborFailure, CborStop} from './failure.ts';

export type ReaderOptions = {
	/** Where to start and where to end, in bytes. */
	readonly start?: number;
	readonly end?: number;
	/**
	 * Default true: only the shortest heads and definite lengths, as our own chain writes them.
	 * False for Cardano's bytes, which are hashed as they came and need not be canonical (RFC 8949 section 4.2).
	 */
	readonly canonical?: boolean;
	/** Nesting that `skip` follows; default 64. */
	readonly depthMax?: number;
};

export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;

/** What `array()` and `map()` return for an indefinite length (never in canonical mode). */
export const INDEFINITE = -1;

/** A simple value whose meaning depends on its argument bytes is not an integer: floats and `ff`. */
const BREAK = 0xff;

/** What arguments of one, two, four and eight bytes begin with when they are not wasteful. */
const WIDE_ARGUMENT_MIN = [24, 2 ** 8, 2 ** 16, 2 ** 32];

/**
 * A strict cursor over CBOR (RFC 8949). Nothing is allocated before the bytes for it are seen, so a hostile
 * string costs at most what its own length costs. Every method throws `CborStop` on bad bytes.
 */
export class CborReader {
	readonly bytes: Uint8Array;
	readonly end: number;
	readonly canonical: boolean;
	readonly depthMax: number;
	position: number;
	#argument = 0;
	/** Set when the last head's argument is 2^53 or more; `#argument` is then meaningless. */
	#big: bigint | undefined;

	constructor(bytes: Uint8Array, options: ReaderOptions = {}) {
		// Node's Buffer copies nothing on slice(): what a codec keeps would change with the socket's memory.
		this.bytes =
			Object.getPrototypeOf(bytes) === Uint8Array.prototype
				? bytes
				: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
		this.position = options.start ?? 0;
		this.end = Math.min(options.end ?? bytes.length, bytes.length);
		this.canonical = options.canonical ?? true;
		this.depthMax = options.depthMax ?? 64;
	}

	stop(code: CborFailure['code'], at: number = this.position): never {
		throw new CborStop(code, at);
	}

	/** The major type of the next item, without moving. */
	peekMajor(): number {
		if (this.position >= this.end) this.stop('CBOR_TRUNCATED');
		return (this.bytes[this.position] as number) >> 5;
	}

	uint(max: number = Number.MAX_SAFE_INTEGER): number {
		const at = this.position;
		this.#expect(UNSIGNED);
		if (this.#big !== undefined || this.#argument > max) this.stop('CBOR_OUT_OF_RANGE', at);
		return this.#argument;
	}

	uintBig(): bigint {
		this.#expect(UNSIGNED);
		return this.#big ?? BigInt(this.#argument);
	}

	/** A signed integer that is safe in a double. */
	int(): number {
		const at = this.position;
		const major = this.#head();
		if (major !== UNSIGNED && major !== NEGATIVE) this.stop('CBOR_WRONG_TYPE', at);
		if (this.#big !== undefined || this.#argument === Number.MAX_SAFE_INTEGER)
			this.stop('CBOR_OUT_OF_RANGE', at);
		return major === UNSIGNED ? this.#argument : -1 - this.#argument;
	}

	/** A view (not a copy) of a definite byte string; `min` and `max` are in bytes. */
	bytesOf(min: number, max: number = min): Uint8Array {
		return this.#string(BYTES, min, max);
	}

	text(bytesMax: number): string {
		const at = this.position;
		const text = decodeUtf8(this.#string(TEXT, 0, bytesMax));
		if (text === undefined) this.stop('CBOR_BAD_TEXT', at);
		return text;
	}

	/** Enters an array; returns how many items follow, or INDEFINITE. */
	array(max: number = Number.MAX_SAFE_INTEGER): number {
		return this.#container(ARRAY, max, 1);
	}

	/** Enters an array of exactly `length` items. */
	arrayOf(length: number): void {
		const at = this.position;
		if (this.array() !== length) this.stop('CBOR_WRONG_LENGTH', at);
	}

	/** Enters a map; returns how many pairs follow, or INDEFINITE. */
	map(max: number = Number.MAX_SAFE_INTEGER): number {
		return this.#container(MAP, max, 2);
	}

	tag(expected: number): void {
		const at = this.position;
		this.#expect(TAG);
		if (this.#big !== undefined || this.#argument !== expected) this.stop('CBOR_WRONG_TYPE', at);
	}

	bool(): boolean {
		const byte = this.#next();
		if (byte !== 0xf4 && byte !== 0xf5) this.stop('CBOR_WRONG_TYPE', this.position - 1);
		return byte === 0xf5;
	}

	/** Consumes a null if one is next. */
	null(): boolean {
		if (this.bytes[this.position] !== 0xf6 || this.position >= this.end) return false;
		this.position++;
		return true;
	}

	/** Consumes the end of an indefinite container if it is next. */
	break(): boolean {
		if (this.bytes[this.position] !== BREAK || this.position >= this.end) return false;
		this.position++;
		return true;
	}

	/** Passes over one well-formed item, whatever it is, without recursion; returns its bytes as they came. */
	skip(): Uint8Array {
		const start = this.position;
		/** Items still to come per open container; INDEFINITE counts down never. */
		const open: number[] = [];
		let left = 1;
		for (;;) {
			while (left === 0) {
				const outer = open.pop();
				if (outer === undefined) return this.bytes.subarray(start, this.position);
				left = outer;
			}
			if (left === INDEFINITE && this.break()) {
				left = defined(open.pop(), 'an indefinite container is open');
				continue;
			}
			if (left !== INDEFINITE) left--;
			const inner = this.#skipHead();
			if (inner === 0) continue;
			if (open.length >= this.depthMax) this.stop('CBOR_TOO_DEEP');
			open.push(left);
			left = inner;
		}
	}

	/** Everything was read. */
	finish(): void {
		if (this.position !== this.end) this.stop('CBOR_TRAILING_BYTES');
	}

	/** Reads a head and, for strings, the string; returns how many items it contains. */
	#skipHead(): number {
		const at = this.position;
		const byte = this.bytes[at];
		const indefinite = byte !== undefined && (byte & 31) === 31;
		if (indefinite && !this.canonical) return this.#skipIndefinite(byte);
		const major = this.#head();
		if (major === BYTES || major === TEXT) {
			if (this.#big !== undefined || this.#argument > this.end - this.position)
				this.stop('CBOR_TRUNCATED', at);
			this.position += this.#argument;
			return 0;
		}
		if (major === TAG) return 1;
		if (major !== ARRAY && major !== MAP) return 0;
		const items = this.#argument * (major === MAP ? 2 : 1);
		if (this.#big !== undefined || items > this.end - this.position) this.stop('CBOR_TRUNCATED', at);
		return items;
	}

	#skipIndefinite(byte: number): number {
		const major = byte >> 5;
		if (major === ARRAY || major === MAP) {
			this.position++;
			return INDEFINITE;
		}
		if (major !== BYTES && major !== TEXT) this.stop('CBOR_RESERVED');
		this.position++;
		while (!this.break()) this.#string(major, 0, this.end);
		return 0;
	}

	#container(major: number, max: number, itemsEach: number): number {
		const at = this.position;
		if (!this.canonical && this.bytes[at] === ((major << 5) | 31) && at < this.end) {
			this.position++;
			return INDEFINITE;
		}
		this.#expect(major);
		if (this.#big !== undefined || this.#argument > max) this.stop('CBOR_TOO_LONG', at);
		if (this.#argument * itemsEach > this.end - this.position) this.stop('CBOR_TRUNCATED', at);
		return this.#argument;
	}

	#string(major: number, min: number, max: number): Uint8Array {
		const at = this.position;
		this.#expect(major);
		if (this.#big !== undefined || this.#argument > max) this.stop('CBOR_TOO_LONG', at);
		if (this.#argument < min) this.stop('CBOR_WRONG_LENGTH', at);
		if (this.#argument > this.end - this.position) this.stop('CBOR_TRUNCATED', at);
		this.position += this.#argument;
		return this.bytes.subarray(this.position - this.#argument, this.position);
	}

	#expect(major: number): void {
		const at = this.position;
		if (this.#head() !== major) this.stop('CBOR_WRONG_TYPE', at);
	}

	#next(): number {
		if (this.position >= this.end) this.stop('CBOR_TRUNCATED');
		return this.bytes[this.position++] as number;
	}

	/** Reads one head: its major type is returned, its argument kept. */
	#head(): number {
		const at = this.position;
		const byte = this.#next();
		const major = byte >> 5;
		const short = byte & 31;
		this.#big = undefined;
		if (short < 24) {
			this.#argument = short;
			return major;
		}
		if (short > 27) this.stop('CBOR_RESERVED', at);
		this.#argument = this.#wide(1 << (short - 24));
		if (major === SIMPLE) {
			// One byte of argument below 32 is reserved; two, four and eight bytes are floats, which no rule has.
			if (this.canonical || (short === 24 && this.#argument < 32)) this.stop('CBOR_RESERVED', at);
			return major;
		}
		if (this.canonical && this.#isWastefulArgument(short)) this.stop('CBOR_NOT_CANONICAL', at);
		return major;
	}

	#isWastefulArgument(short: number): boolean {
		return this.#big === undefined && this.#argument < (WIDE_ARGUMENT_MIN[short - 24] as number);
	}

	#wide(length: number): number {
		if (length > this.end - this.position) this.stop('CBOR_TRUNCATED');
		let value = 0;
		for (let index = 0; index < length; index++)
			value = value * 256 + (this.bytes[this.position + index] as number);
		if (value > Number.MAX_SAFE_INTEGER) {
			let big = 0n;
			for (let index = 0; index < length; index++)
				big = (big << 8n) | BigInt(this.bytes[this.position + index] as number);
			this.#big = big;
			value = 0;
		}
		this.position += length;
		return value;
	}
}
