/** Kept for whoever comes next; so much is needed to read or write one file. */
const KEPT_BYTES_MAX = 160 * 2 ** 20;

type Region = {readonly from: number; readonly until: number};

/** Memory and what of it is in use, in order. */
type Slab = {
	readonly memory: WeakRef<SharedArrayBuffer>;
	/** Only what nobody uses is held on to: who breaks off gives nothing back, and takes it along. */
	kept: SharedArrayBuffer | undefined;
	used: readonly Region[];
};

/** Where in a buffer there is room for `bytes` with the least left over; undefined when there is none. */
const gapIn = (length: number, used: readonly Region[], bytes: number): Region | undefined => {
	const gaps = [...used, {from: length, until: length}].map(({from}, index) => ({
		from: used[index - 1]?.until ?? 0,
		until: from,
	}));
	return gaps
		.filter(({from, until}) => until - from >= bytes)
		.toSorted((a, b) => a.until - a.from - (b.until - b.from))[0];
};

/**
 * Memory that threads share, used again and again, whole or in parts: the engine does not count it as its own, so that it
 * would let what nobody uses any more stand for a long time, in each thread that has seen it.
 */
export class SharedPool {
	/** What was used last stands last. */
	#slabs: readonly Slab[] = [];

	/** `bytes` of memory in which anything may stand. */
	take(bytes: number): Uint8Array {
		const [found] = this.#slabs
			.flatMap(slab => {
				const buffer = slab.memory.deref();
				const gap = buffer && gapIn(buffer.byteLength, slab.used, bytes);
				return gap === undefined ? [] : {slab, buffer, gap};
			})
			.toSorted((a, b) => a.gap.until - a.gap.from - (b.gap.until - b.gap.from));
		const buffer = found?.buffer ?? new SharedArrayBuffer(bytes);
		const slab: Slab = found?.slab ?? {memory: new WeakRef(buffer), kept: undefined, used: []};
		const from = found?.gap.from ?? 0;
		slab.kept = undefined;
		slab.used = [...slab.used, {from, until: from + bytes}].toSorted((a, b) => a.from - b.from);
		const others = this.#slabs.filter(each => each !== slab && each.memory.deref() !== undefined);
		this.#slabs = [...others, slab];
		return new Uint8Array(buffer, from, bytes);
	}

	/** Nobody uses any of it any more: what `take` handed out, from its first byte on. */
	give({buffer, byteOffset}: Uint8Array): void {
		const slab = this.#slabs.find(({memory}) => memory.deref() === buffer);
		if (slab === undefined || !(buffer instanceof SharedArrayBuffer)) return;
		slab.used = slab.used.filter(({from}) => from !== byteOffset);
		if (slab.used.length === 0) slab.kept = buffer;
		const idle = this.#slabs.filter(({kept}) => kept !== undefined);
		let bytes = idle.reduce((sum, {kept}) => sum + (kept?.byteLength ?? 0), 0);
		for (const each of idle) {
			if (bytes <= KEPT_BYTES_MAX) return;
			bytes -= each.kept?.byteLength ?? 0;
			this.#slabs = this.#slabs.filter(other => other !== each);
		}
	}
}
