import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Tip} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {ChainReader} from './chain-reader.ts';

/** A chain that may switch, as a cursor on it needs it: our own, or Cardano's in a relay. */
export type SelectedChain = {
	/** Places are counted without a gap. */
	readonly tip: Tip;
	/** The tip as peers count it, where that differs: boundary blocks of Byron have no number of their own. */
	readonly toldTip?: Tip;
	/** The anchor: what is at and below it never leaves the chain. */
	readonly immutableTip: Tip;
	/** Above the anchor, from old to new. */
	readonly volatile: readonly ChainPlace[];
	/** How many blocks a switch may undo. */
	readonly rollbackMax: number;
	nextChange(options: {readonly signal: AbortSignal}): Promise<unknown>;
};

export type PlaceReader = Pick<ChainReader, 'place' | 'placeOf' | 'beginsAtOrigin'> & {
	/** Of a chain that begins in the middle: what its first block stands on. A peer may follow from there, too. */
	readonly base?: () => Promise<ChainBase | undefined>;
};

export type ChainBase = {readonly hash: HeaderHash; readonly firstNo: BlockNo};

export type CursorStep =
	| {readonly kind: 'forward'; readonly place: ChainPlace}
	/** To the last place told that is still on the chain; undefined: origin. */
	| {readonly kind: 'back'; readonly place: ChainPlace | undefined};

/** A block's hash names all blocks before it. */
const isSameTip = (a: Tip, b: Tip): boolean =>
	a === b || (a !== 'origin' && b !== 'origin' && equalBytes(a.hash, b.hash));

const startNotKept = (): NodeError =>
	new NodeError({
		code: 'CHAIN_START_NOT_KEPT',
		message:
			'The blocks that come next are not here: this chain began after them, or they were too old to be kept.',
	});

/** Reads the selected chain block by block and notices when what it told has left the chain. */
export class ChainCursor {
	readonly #chain: SelectedChain;
	readonly #reader: PlaceReader;
	/** Places told and not taken back, from old to new, down to one that cannot be rolled back; empty: origin. */
	#told: ChainPlace[] = [];
	#firstNo: BlockNo = BlockNo(0);
	/** The chain's tip when all that was told was on it: as long as it is the same, the chain is. */
	#checked: Tip | undefined;

	constructor(chain: SelectedChain, reader: PlaceReader) {
		this.#chain = chain;
		this.#reader = reader;
	}

	get place(): ChainPlace | undefined {
		return this.#told.at(-1);
	}

	/** Goes on after `place`, which is on the chain now; undefined: from the start, which is block `firstNo`. */
	moveTo(place: ChainPlace | undefined, firstNo: BlockNo = BlockNo(0)): void {
		this.#firstNo = firstNo;
		this.#checked = undefined;
		this.#told = place === undefined ? [] : this.#upTo(place);
	}

	/** Throws CHAIN_START_NOT_KEPT at origin of a chain whose first blocks are not here. */
	async next(): Promise<CursorStep | undefined> {
		const {tip} = this.#chain;
		const isChecked = this.#checked !== undefined && isSameTip(tip, this.#checked);
		if (!isChecked) {
			this.#checked = tip;
			if (await this.#takeBack()) return {kind: 'back', place: this.place};
		}
		const last = this.place;
		const blockNo = last === undefined ? this.#firstNo : BlockNo(last.blockNo + 1);
		const place = await this.#reader.place(blockNo);
		if (last === undefined && place === undefined && !(await this.#reader.beginsAtOrigin()))
			throw startNotKept();
		if (place === undefined) {
			const mayBeDropped = tip !== 'origin' && blockNo <= tip.blockNo;
			if (mayBeDropped && (await this.#isDropped(blockNo))) throw startNotKept();
			return undefined;
		}
		// The chain may have switched between the two reads: then the next step goes back.
		const k = this.#chain.rollbackMax;
		this.#told.push(place);
		// Now and then: k of them and more are enough.
		if (this.#told.length > 2 * k + 1) this.#told = this.#told.slice(-k - 1);
		return {kind: 'forward', place};
	}

	/** Resolves when there may be a next step; at once if that is so already. */
	async waitForChange(options: {readonly signal: AbortSignal}): Promise<void> {
		const {tip} = this.#chain;
		const last = this.place;
		const isAtTip =
			tip === 'origin' ? last === undefined : last !== undefined && equalBytes(last.hash, tip.hash);
		if (isAtTip) await this.#chain.nextChange(options);
	}

	/** The place with all below it that may still be rolled back, down to the anchor. */
	#upTo(place: ChainPlace): ChainPlace[] {
		const {immutableTip} = this.#chain;
		const anchorNo = immutableTip === 'origin' ? -1 : immutableTip.blockNo;
		if (place.blockNo <= anchorNo) return [place];
		const above = this.#chain.volatile.filter(({blockNo}) => blockNo < place.blockNo);
		const places = above.map(({hash, blockNo, slot}) => ({hash, blockNo, slot}));
		return [...(immutableTip === 'origin' ? [] : [immutableTip]), ...places, place];
	}

	/** It has not left the chain: it is too old to be kept. */
	async #isDropped(blockNo: BlockNo): Promise<boolean> {
		const base = await this.#reader.base?.();
		return base !== undefined && blockNo < base.firstNo;
	}

	/** Forgets what left the chain; true when there was something. */
	async #takeBack(): Promise<boolean> {
		let isBack = false;
		for (let last = this.place; last !== undefined; last = this.place) {
			const place = await this.#reader.place(last.blockNo);
			if (place !== undefined && equalBytes(place.hash, last.hash)) return isBack;
			if (place === undefined && (await this.#isDropped(last.blockNo))) throw startNotKept();
			this.#told.pop();
			isBack = true;
		}
		return isBack;
	}
}
