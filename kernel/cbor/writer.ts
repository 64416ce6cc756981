import {assert} from '../assert.ts';
import {encodeUtf8} from '../utf8.ts';

/** Writes canonical CBOR: shortest heads, definite lengths (RFC 8949 section 4.2.1). */
export class CborWriter {
	#buffer: Uint8Array = new Uint8Array(256);
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

	/** What was written, as a copy of its own. */
	finish(): Uint8Array {
		return this.#buffer.slice(0, this.#length);
	}

	#byte(byte: number): this {
		this.#reserve(1);
		this.#buffer[this.#length++] = byte;
		return this;
	}

	#head(major: number, value: number | bigint): this {
		assert(value >= 0 && value < 2n ** 64n, `CBOR argument out of range: ${value}`);
		const top = major << 5;
		if (value < 24) return this.#byte(top | Number(value));
		if (value < 256) return this.#byte(top | 24).#byte(Number(value));
		this.#reserve(9);
		const view = new DataView(this.#buffer.buffer);
		if (value < 65_536) {
			this.#buffer[this.#length] = top | 25;
			view.setUint16(this.#length + 1, Number(value));
			this.#length += 3;
		} else if (value < 2 ** 32) {
			this.#buffer[this.#length] = top | 26;
			view.setUint32(this.#length + 1, Number(value));
			this.#length += 5;
		} else {
			this.#buffer[this.#length] = top | 27;
			view.setBigUint64(this.#length + 1, BigInt(value));
			this.#length += 9;
		}
		return this;
	}

	#reserve(length: number): void {
		if (this.#length + length <= this.#buffer.length) return;
		const wider = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + length));
		wider.set(this.#buffer.subarray(0, this.#length));
		this.#buffer = wider;
	}
}
