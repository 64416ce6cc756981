/** Chunks of any length as pieces of the length that is asked for. */
export class ByteSource {
	readonly #chunks: AsyncIterator<Uint8Array>;
	/** What has come and was not taken. */
	#rest: Uint8Array = new Uint8Array(0);
	position = 0;

	constructor(chunks: AsyncIterable<Uint8Array>) {
		this.#chunks = chunks[Symbol.asyncIterator]();
	}

	/**
	 * Exactly that many bytes, copied, or undefined when fewer are left: then nothing more is given. The caller bounds
	 * `length`; no memory is taken before bytes for it have come.
	 */
	async take(length: number): Promise<Uint8Array | undefined> {
		const parts: Uint8Array[] = [];
		let missing = length;
		while (missing > 0) {
			if (this.#rest.length === 0 && !(await this.#more())) return undefined;
			const part = this.#rest.subarray(0, missing);
			this.#rest = this.#rest.subarray(part.length);
			parts.push(part);
			missing -= part.length;
		}
		this.position += length;
		const taken = new Uint8Array(length);
		let at = 0;
		for (const part of parts) {
			taken.set(part, at);
			at += part.length;
		}
		return taken;
	}

	async isAtEnd(): Promise<boolean> {
		return this.#rest.length === 0 && !(await this.#more());
	}

	/** Lets go of where the chunks come from. */
	async close(): Promise<void> {
		if (this.#chunks.return !== undefined) await this.#chunks.return();
	}

	/** False: there is nothing more. */
	async #more(): Promise<boolean> {
		while (this.#rest.length === 0) {
			const next = await this.#chunks.next();
			if (next.done === true) return false;
			this.#rest = next.value;
		}
		return true;
	}
}
