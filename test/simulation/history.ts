/** Everything that happens, as one number that goes on changing: two runs that tell the same hash were the same. */

const bytesOfNumber = new DataView(new ArrayBuffer(8));

export class History {
	#low = 0x811c9dc5;
	#high = 0x01000193;
	/** Things that were told. */
	events = 0;

	number(value: number): void {
		bytesOfNumber.setFloat64(0, value);
		this.#mix(bytesOfNumber.getInt32(0));
		this.#mix(bytesOfNumber.getInt32(4));
		this.events++;
	}

	text(text: string): void {
		for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
		this.#mix(text.length);
		this.events++;
	}

	bytes(bytes: Uint8Array): void {
		const {length} = bytes;
		let at = 0;
		for (; at + 4 <= length; at += 4)
			this.#mix(
				(bytes[at] as number) |
					((bytes[at + 1] as number) << 8) |
					((bytes[at + 2] as number) << 16) |
					((bytes[at + 3] as number) << 24),
			);
		for (; at < length; at++) this.#mix(bytes[at] as number);
		this.#mix(length);
		this.events++;
	}

	/** 16 hexadecimal digits. Not for adversaries: a fingerprint, no commitment. */
	get hash(): string {
		const digits = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
		return digits(this.#high) + digits(this.#low);
	}

	#mix(word: number): void {
		const low = Math.imul(this.#low ^ word, 0xcc9e2d51);
		this.#low = (low << 15) | (low >>> 17);
		const high = Math.imul(this.#high ^ (word + this.#low), 0x1b873593);
		this.#high = (high << 13) | (high >>> 19);
	}
}
