/** Bytes of a file that were read. */
type Window = {readonly file: number; readonly offset: number; readonly bytes: Uint8Array};

/** Read at once when one piece is asked for after the other. */
const AHEAD_BYTES = 64 * 1024;
/** Readers at different places, such as peers that follow the chain. */
const WINDOWS_MAX = 16;

const endOf = ({offset, bytes}: Window): number => offset + bytes.length;

/** Reads of files that only grow: whoever reads a piece mostly reads the next one too, which is then here already. */
export class ReadAhead {
	/** The last used one stands last. */
	#windows: Window[] = [];

	/** `end`: how far the file is known to be good, or beyond its end. What is returned is a view, shorter where the file ends. */
	async read(
		file: number,
		readFile: (offset: number, length: number) => Promise<Uint8Array>,
		{offset, length, end}: {readonly offset: number; readonly length: number; readonly end: number},
	): Promise<Uint8Array> {
		const known = this.#windows.find(
			window => window.file === file && window.offset <= offset && offset + length <= endOf(window),
		);
		if (known !== undefined) {
			this.#keep(known, known);
			return known.bytes.subarray(offset - known.offset, offset - known.offset + length);
		}
		const before = this.#windows.find(
			window => window.file === file && window.offset <= offset && offset <= endOf(window),
		);
		const ahead = before === undefined ? length : Math.max(length, Math.min(AHEAD_BYTES, end - offset));
		const bytes = await readFile(offset, ahead);
		this.#keep({file, offset, bytes}, before);
		return bytes.subarray(0, length);
	}

	/** In the place of another one, or of the one that was not used for longest. */
	#keep(window: Window, instead: Window | undefined): void {
		const others = this.#windows.filter(other => other !== instead && other !== window);
		this.#windows = [...others.slice(-(WINDOWS_MAX - 1)), window];
	}
}
