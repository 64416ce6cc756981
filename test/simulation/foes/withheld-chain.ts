/** A chain that an adversary builds in secret upon some block. */

import type {Stage} from './attack.ts';
import type {HeldBlock} from './library.ts';

const numberOf = (block: HeldBlock | undefined): number => block?.header.blockNo ?? -1;

export class WithheldChain {
	readonly #stage: Stage;
	#base: HeldBlock | undefined;
	#tip: HeldBlock | undefined;

	constructor(stage: Stage) {
		this.#stage = stage;
	}

	get tip(): HeldBlock | undefined {
		return this.#tip;
	}

	/** Its own blocks. */
	get length(): number {
		return numberOf(this.#tip) - numberOf(this.#base);
	}

	/** By how many blocks it is longer than the honest chain. */
	get lead(): number {
		return numberOf(this.#tip) - numberOf(this.#stage.forger.honestTip);
	}

	/** Honest blocks that go when it wins. */
	get depth(): number {
		return numberOf(this.#stage.forger.honestTip) - numberOf(this.#base);
	}

	/** Begins anew upon a block. */
	restart(base: HeldBlock | undefined): void {
		this.#base = base;
		this.#tip = base;
	}

	/** A block upon its tip, if one of its pools leads the slot. */
	grow(slot: number): HeldBlock | undefined {
		const {forger, pools} = this.#stage;
		const [pool] = forger.leaders(this.#tip, pools, slot);
		if (pool === undefined) return undefined;
		this.#tip = forger.forge({parent: this.#tip, slot, pool});
		return this.#tip;
	}

	/** Its block of that number. */
	blockOf(blockNo: number): HeldBlock | undefined {
		const {tip} = this;
		return tip && this.#stage.forger.library.beneath(tip, tip.header.blockNo - blockNo);
	}
}
