import type {HeaderHash} from '#kernel/hash';
import type {Point, Tip} from '#kernel/point';
import {Notifier} from '#node/services/notifier';
import type {BlockSource, ChainFollower} from '#relay/handlers';
import {DCLOUD_BLOCK_ERA, DCLOUD_HEADER_ERA, wrapBlock} from '#relay/protocols/block';
import type {HeldBlock, Library} from './library.ts';

const pointOf = (block: HeldBlock | undefined): Point =>
	block === undefined ? 'origin' : {slot: block.header.slot, hash: block.header.hash};

const tipOf = (block: HeldBlock | undefined): Tip => (block === undefined ? 'origin' : block.header);

const isAt = (block: HeldBlock, point: Point): boolean =>
	point !== 'origin' &&
	block.header.slot === point.slot &&
	block.header.hash.every((byte, at) => byte === point.hash[at]);

/** A chain that an adversary tells its peers of. It may be changed for another one at any time. */
export class ServedChain {
	readonly #library: Library;
	readonly #changed = new Notifier<void>();
	/** By block number. */
	#chain: HeldBlock[] = [];

	constructor(library: Library) {
		this.#library = library;
	}

	get tip(): HeldBlock | undefined {
		return this.#chain.at(-1);
	}

	/** From now on the chain that ends in this block; undefined: an empty one. */
	serve(tip: HeldBlock | undefined): void {
		if (tip === this.tip) return;
		const added: HeldBlock[] = [];
		for (
			let at = tip;
			at !== undefined && this.#chain[at.header.blockNo] !== at;
			at = this.#library.parentOf(at)
		)
			added.push(at);
		const keep = added.at(-1)?.header.blockNo ?? (tip === undefined ? 0 : tip.header.blockNo + 1);
		this.#chain = [...this.#chain.slice(0, keep), ...added.reverse()];
		this.#changed.notify();
	}

	/** For one peer. */
	follower(): ChainFollower {
		let told: HeldBlock[] = [];
		let mustRollBack = false;
		const isTold = (): boolean => {
			const last = told.at(-1);
			return last === undefined || this.#chain[last.header.blockNo] === last;
		};
		return {
			findIntersect: async points => {
				const intersect = points.find(
					point => point === 'origin' || this.#chain.some(block => isAt(block, point)),
				);
				if (intersect === undefined) return {intersect, tip: tipOf(this.tip)};
				const count = intersect === 'origin' ? 0 : this.#chain.findIndex(block => isAt(block, intersect)) + 1;
				told = this.#chain.slice(0, count);
				mustRollBack = true;
				return {intersect, tip: tipOf(this.tip)};
			},
			next: async () => {
				const isBack = mustRollBack || !isTold();
				mustRollBack = false;
				while (!isTold()) told.pop();
				const tip = tipOf(this.tip);
				if (isBack) return {kind: 'rollBackward', point: pointOf(told.at(-1)), tip};
				const block = this.#chain[told.length];
				if (block === undefined) return undefined;
				told.push(block);
				const {bytes} = block.header;
				return {kind: 'rollForward', header: {era: DCLOUD_HEADER_ERA, bytes}, tip};
			},
			waitForChange: async ({signal}) => {
				if (!mustRollBack && isTold() && told.length === this.#chain.length)
					await this.#changed.next({signal});
			},
			close: () => {
				told = [];
			},
		};
	}
}

/** What an adversary does with a request for bodies. */
export type BodyService = {
	/** Instead of a block's bytes. */
	readonly alter?: (block: HeldBlock) => Uint8Array;
	/** Blocks behind those that were asked for. */
	readonly append?: () => Iterable<Uint8Array>;
	/** False: the answer never comes. */
	readonly isAnswered?: (tip: HeaderHash) => boolean;
};

const forever = (signal: AbortSignal): Promise<never> =>
	new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	});

/** Serves any block of the library, on whatever fork, as honest nodes do or as `service` says. */
export const bodiesOf = (library: Library, service: BodyService = {}): BlockSource => {
	const {alter = ({bytes}: HeldBlock) => bytes, append, isAnswered = () => true} = service;
	const wrapped = (bytes: Uint8Array): Uint8Array => wrapBlock({era: DCLOUD_BLOCK_ERA, bytes});
	async function* send(blocks: readonly HeldBlock[]): AsyncGenerator<Uint8Array> {
		for (const block of blocks) yield wrapped(alter(block));
		if (append !== undefined) for (const bytes of append()) yield wrapped(bytes);
	}
	return {
		range: async ({from, to}, {signal}) => {
			if (from === 'origin' || to === 'origin') return undefined;
			if (!isAnswered(to.hash)) await forever(signal);
			const blocks: HeldBlock[] = [];
			for (let at = library.find(to.hash); at !== undefined; at = library.parentOf(at)) {
				blocks.push(at);
				if (isAt(at, from)) return send(blocks.reverse());
			}
			return undefined;
		},
	};
};
