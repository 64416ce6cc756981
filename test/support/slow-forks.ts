import {isPreferred} from '#consensus/chain/chain-selection';
import {assert} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {ForkBlock} from './fork-blocks.ts';

/** The rule of `ForkChoice` by brute force: looks at every block after every event. */
export class SlowForks {
	readonly #k: number;
	/** Above the anchor. */
	readonly blocks: ForkBlock[] = [];
	readonly #bodies = new Set<ForkBlock>();
	#queue: ForkBlock[] = [];
	readonly #judged = new Set<ForkBlock>();
	#tip: ForkBlock | undefined;

	constructor(k: number) {
		this.#k = k;
	}

	/** A block whose parent is not kept stands on the anchor. */
	chainOf(block: ForkBlock | undefined): readonly ForkBlock[] {
		if (block === undefined) return [];
		const parent = this.blocks.find(({hash}) => block.prevHash !== null && equalBytes(hash, block.prevHash));
		return [...this.chainOf(parent), block];
	}

	isSelected(block: ForkBlock): boolean {
		return this.chainOf(this.#tip).includes(block);
	}

	addBody(block: ForkBlock): void {
		this.#bodies.add(block);
	}

	/** The names of the tips on the way to the best chain. */
	select(): readonly string[] {
		for (const block of this.blocks) {
			if (!this.#isComplete(block) || this.#judged.has(block)) continue;
			this.#judged.add(block);
			this.#queue.push(block);
		}
		const tips: string[] = [];
		for (;;) {
			const wanted = this.#queue.filter(block => this.#isWanted(block));
			const highest = Math.max(...wanted.map(({blockNo}) => blockNo));
			const next = wanted.find(({blockNo}) => blockNo === highest);
			this.#queue = wanted;
			if (next === undefined) return tips;
			this.#tip = next;
			tips.push(next.name);
		}
	}

	/** Takes away what `isGone` says, with all that is built on it. */
	drop(isGone: (block: ForkBlock) => boolean): void {
		const kept = this.blocks.filter(block => !this.chainOf(block).some(isGone));
		this.blocks.splice(0, this.blocks.length, ...kept);
	}

	/** Makes the selected chain's first block the anchor. */
	raise(): ForkBlock {
		const [anchor, ...above] = this.chainOf(this.#tip);
		assert(anchor !== undefined && above.length >= this.#k, 'only what is k deep becomes final');
		this.drop(block => this.chainOf(block).length === 1 && block !== anchor);
		this.blocks.splice(this.blocks.indexOf(anchor), 1);
		return anchor;
	}

	#isComplete(block: ForkBlock): boolean {
		return this.blocks.includes(block) && this.chainOf(block).every(each => this.#bodies.has(each));
	}

	#isWanted(block: ForkBlock): boolean {
		return this.#isComplete(block) && !this.isSelected(block) && isPreferred(this.#tip ?? 'origin', block);
	}
}
