import {assert} from '../assert.ts';
import {encodeUtf8} from '../utf8.ts';

const MAX_UINT32 = 0xffff_ffff;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

const FIRST_BYTES = 1_024;
/** What is kept is never wider: one long item must not hold memory for ever. */
const SPARE_BYTES_MAX = 65_536;
/** The room of a writer that has finished, for the next one: most items are short, and room costs more than writing into it. */
let spare: Uint8Array | undefined;
const GIVEN_BACK = new Uint8Array(0);

const takeRoom = (): Uint8Array => {
	const room = spare ?? new Uint8Array(FIRST_BYTES);
	spare = undefined;
	return room;
};

/** Writes canonical CBOR: shortest heads, definite lengths (RFC 8949 section 4.2.1). */
export class CborWriter {
	#buffer: Uint8Array = takeRoom();
	#length = 0;

	uint(value: number | bigint): this {
		return this.#head(0, value);
	}

	int(value: number): this {
		return value < 0 ? this.#head(1, -1 - value) : this.#head(0, value);
	}

	bytes(value: Uint8Array): this {
		this.#head(2, value.length);
		return this.raw(value);
	}

	text(value: string): this {
		const bytes = encodeUtf8(value);
		this.#head(3, bytes.length);
		return this.raw(bytes);
	}

	array(length: number): this {
		return this.#head(4, length);
	}

	map(pairs: number): this {
		return this.#head(5, pairs);
	}

	tag(tag: number): this {
		return this.#head(6, tag);
	}

	bool(value: boolean): this {
		return this.#byte(value ? 0xf5 : 0xf4);
	}

	null(): this {
		return this.#byte(0xf6);
	}

	/** The start of an indefinite array, for the few Cardano messages that want one. */
	arrayIndefinite(): this {
		return this.#byte(0x9f);
	}

	break(): this {
		return this.#byte(0xff);
	}

	/** Bytes that are CBOR already. */
	raw(bytes: Uint8Array): this {
		this.#reserve(bytes.length);
		this.#buffer.set(bytes, this.#length);
		this.#length += bytes.length;
		return this;
	}

	/** What was written, as a copy of its own. Nothing is written afterwards. */
	finish(): Uint8Array {
		assert(this.#buffer !== GIVEN_BACK, 'a writer finishes once');
		const written = this.#buffer.slice(0, this.#length);
		if (this.#buffer.length <= SPARE_BYTES_MAX) spare = this.#buffer;
		this.#buffer = GIVEN_BACK;
		return written;
	}

	#byte(byte: number): this {
		this.#reserve(1);
		this.#buffer[this.#length++] = byte;
		return this;
	}

	#head(major: number, value: number | bigint): this {
		if (typeof value === 'bigint') return this.#wideHead(major, value);
		if (!(value >= 0 && value <= MAX_UINT32)) return this.#wideHead(major, BigInt(value));
		this.#reserve(5);
		const top = major << 5;
		if (value < 24) return this.#byte(top | value);
		if (value < 0x100) return this.#byte(top | 24).#byte(value);
		if (value < 0x1_0000) return this.#byte(top | 25).#bigEndian(value, 2);
		return this.#byte(top | 26).#bigEndian(value, 4);
	}

	#wideHead(major: number, value: bigint): this {
		if (value >= 0n && value <= MAX_UINT32) return this.#head(major, Number(value));
		assert(value >= 0n && value <= MAX_UINT64, 'a CBOR argument has up to 64 bits');
		this.#reserve(9);
		return this.#byte((major << 5) | 27)
			.#bigEndian(Number(value >> 32n), 4)
			.#bigEndian(Number(value & 0xffff_ffffn), 4);
	}

	/** Room for it is there. */
	#bigEndian(value: number, bytes: 2 | 4): this {
		for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
			this.#buffer[this.#length++] = (value >>> shift) & 0xff;
		return this;
	}

	#reserve(length: number): void {
		if (this.#length + length <= this.#buffer.length) return;
		assert(this.#buffer !== GIVEN_BACK, 'a writer that has finished');
		const wider = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + length));
		wider.set(this.#buffer.subarray(0, this.#length));
		this.#buffer = wider;
	}
}
