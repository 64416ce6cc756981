import type {Header} from '#consensus/header/header';
import {type SlotClock, slotStartMs} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';

/** When a block reached each stage of its way here, in milliseconds since 1970; undefined: it came another way. */
export type BlockStages = {
	readonly heardMs: number;
	readonly askedMs: number | undefined;
	readonly cameMs: number | undefined;
};

/** Older blocks are history that is caught up with: how late they are says nothing of the network. */
const RECENT_MS = 600_000;
const BLOCKS_MAX = 1_024;

type Stages = {-readonly [Stage in keyof BlockStages]: BlockStages[Stage]};

/** Notes when the newest blocks were heard of, asked for and received. Bounded: the oldest are forgotten. */
export class BlockTimes {
	readonly #slots: SlotClock;
	readonly #stages = new Map<string, Stages>();

	constructor(slots: SlotClock) {
		this.#slots = slots;
	}

	/** A header that keeps the rules: the first time counts. */
	heard({hash, slot}: Header, nowMs: number): void {
		const key = toHex(hash);
		if (this.#stages.has(key) || nowMs - slotStartMs(this.#slots, slot) > RECENT_MS) return;
		this.#stages.set(key, {heardMs: nowMs, askedMs: undefined, cameMs: undefined});
		if (this.#stages.size <= BLOCKS_MAX) return;
		for (const oldest of this.#stages.keys()) {
			this.#stages.delete(oldest);
			break;
		}
	}

	asked(key: string, nowMs: number): void {
		const stages = this.#stages.get(key);
		if (stages !== undefined) stages.askedMs ??= nowMs;
	}

	came(key: string, nowMs: number): void {
		const stages = this.#stages.get(key);
		if (stages !== undefined) stages.cameMs ??= nowMs;
	}

	/** Undefined for own blocks and for history. */
	of(hash: HeaderHash): BlockStages | undefined {
		return this.#stages.get(toHex(hash));
	}
}
