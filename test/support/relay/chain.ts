import {readFileSync} from 'node:fs';
import {CborReader} from '#kernel/cbor/reader';
import type {HeaderHash} from '#kernel/hash';
import type {Point, Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import type {BlockSource, ChainFollower} from '#relay/handlers';
import type {OfEra} from '#relay/protocols/wire';

export type ServedBlock = {
	/** `[era, block]` as block-fetch carries it. */
	readonly bytes: Uint8Array;
	readonly header: OfEra;
	readonly point: Exclude<Point, 'origin'>;
	readonly tip: Exclude<Tip, 'origin'>;
};

type Parsed = {
	bytes: Uint8Array;
	era: number;
	header: Uint8Array;
	blockNo: number;
	slot: number;
	prevHash: Uint8Array;
};

const parseBlock = (reader: CborReader): Parsed => {
	const start = reader.position;
	reader.arrayOf(2);
	const era = reader.uint();
	reader.array();
	const headerStart = reader.position;
	reader.array();
	reader.array();
	const blockNo = reader.uint();
	const slot = reader.uint();
	const prevHash = reader.bytesOf(32);
	reader.position = headerStart;
	const header = reader.skip();
	reader.position = start;
	return {bytes: reader.skip(), era, header, blockNo, slot, prevHash};
};

/** The blocks of a chunk file. A block's hash is what its successor names; the last one's is made up. */
export const blocksOf = (chunk: Uint8Array): readonly ServedBlock[] => {
	const reader = new CborReader(chunk, {canonical: false});
	const parsed: Parsed[] = [];
	while (reader.position < chunk.length) parsed.push(parseBlock(reader));
	return parsed.map(({bytes, era, header, blockNo, slot}, index) => {
		const hash = (parsed[index + 1]?.prevHash ?? new Uint8Array(32).fill(0xee)) as HeaderHash;
		const point = {slot: Slot(slot), hash};
		return {
			bytes,
			// Headers count eras from Byron's 0, blocks count Byron twice.
			header: {era: era - 1, bytes: header},
			point,
			tip: {...point, blockNo: BlockNo(blockNo)},
		};
	});
};

export const preprodBlocks = (): readonly ServedBlock[] =>
	blocksOf(new Uint8Array(readFileSync('test/vectors/cardano/preprod-01285.chunk')));

const keyOf = (point: Point): string =>
	point === 'origin' ? 'origin' : `${point.slot}:${Buffer.from(point.hash).toString('hex')}`;

/** A chain that can grow and switch, as a node serves it. */
export class ServedChain {
	#blocks: readonly ServedBlock[];
	#waiting: (() => void)[] = [];

	constructor(blocks: readonly ServedBlock[]) {
		this.#blocks = blocks;
	}

	get tip(): Tip {
		return this.#blocks.at(-1)?.tip ?? 'origin';
	}

	/** The chain from now on; followers roll back to where it parts from what they have read. */
	replace(blocks: readonly ServedBlock[]): void {
		this.#blocks = blocks;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const wake of waiting) wake();
	}

	follow(): ChainFollower {
		/** What was handed out, and whether the peer has yet to be told to roll back to its end. */
		let read: readonly Point[] = [];
		let rollBack = true;
		const common = (): number => {
			let count = 0;
			while (
				count < read.length &&
				keyOf(read[count] as Point) === keyOf(this.#blocks[count]?.point ?? 'origin')
			)
				count++;
			return count;
		};
		const pointAt = (count: number): Point => this.#blocks[count - 1]?.point ?? 'origin';
		return {
			findIntersect: async points => {
				for (const point of points) {
					const count =
						point === 'origin' ? 0 : 1 + this.#blocks.findIndex(block => keyOf(block.point) === keyOf(point));
					if (point !== 'origin' && count === 0) continue;
					read = this.#blocks.slice(0, count).map(block => block.point);
					rollBack = true;
					return {intersect: point, tip: this.tip};
				}
				return {intersect: undefined, tip: this.tip};
			},
			next: async () => {
				const count = common();
				if (rollBack || count < read.length) {
					rollBack = false;
					read = read.slice(0, count);
					return {kind: 'rollBackward', point: pointAt(count), tip: this.tip};
				}
				const block = this.#blocks[count];
				if (block === undefined) return undefined;
				read = [...read, block.point];
				return {kind: 'rollForward', header: block.header, tip: this.tip};
			},
			waitForChange: ({signal}) =>
				new Promise((resolve, reject) => {
					this.#waiting.push(resolve);
					signal.addEventListener('abort', () => reject(signal.reason), {once: true});
				}),
			close: () => undefined,
		};
	}

	get blocks(): BlockSource {
		return {
			range: async ({from, to}) => {
				const first = this.#blocks.findIndex(({point}) => keyOf(point) === keyOf(from));
				const last = this.#blocks.findIndex(({point}) => keyOf(point) === keyOf(to));
				if (first < 0 || last < first) return undefined;
				const range = this.#blocks.slice(first, last + 1);
				return (async function* () {
					for (const {bytes} of range) yield bytes;
				})();
			},
		};
	}
}
