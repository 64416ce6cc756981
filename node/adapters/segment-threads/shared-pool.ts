/** Kept for whoever comes next; so much is needed to read or write one file. */
const KEPT_BYTES_MAX = 160 * 2 ** 20;

type Region = {readonly from: number; readonly until: number};

/** Memory and what of it is in use, in order. */
type Slab = {readonly buffer: SharedArrayBuffer; used: readonly Region[]};

/** Where there is room for `bytes` with the least left over; undefined when there is none. */
const gapIn = ({buffer, used}: Slab, bytes: number): Region | undefined => {
	const gaps = [...used, {from: buffer.byteLength, until: buffer.byteLength}].map(({from}, index) => ({
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
				const gap = gapIn(slab, bytes);
				return gap === undefined ? [] : {slab, gap};
			})
			.toSorted((a, b) => a.gap.until - a.gap.from - (b.gap.until - b.gap.from));
		const slab = found?.slab ?? {buffer: new SharedArrayBuffer(bytes), used: []};
		const from = found?.gap.from ?? 0;
		slab.used = [...slab.used, {from, until: from + bytes}].toSorted((a, b) => a.from - b.from);
		this.#slabs = [...this.#slabs.filter(each => each !== slab), slab];
		return new Uint8Array(slab.buffer, from, bytes);
	}

	/** Nobody uses any of it any more: what `take` handed out, from its first byte on. */
	give({buffer, byteOffset}: Uint8Array): void {
		const slab = this.#slabs.find(each => each.buffer === buffer);
		if (slab === undefined) return;
		slab.used = slab.used.filter(({from}) => from !== byteOffset);
		let bytes = this.#slabs.reduce((sum, each) => sum + each.buffer.byteLength, 0);
		for (const idle of this.#slabs.filter(({used}) => used.length === 0)) {
			if (bytes <= KEPT_BYTES_MAX) return;
			bytes -= idle.buffer.byteLength;
			this.#slabs = this.#slabs.filter(each => each !== idle);
		}
	}
}
