/**
 * Which of all known chains is the selected one, kept up event by event: headers, bodies in any order, invalid blocks,
 * time, checkpoints. Knows nothing of what is in a block; whoever owns it judges headers and applies bodies.
 *
 * A chain is judged once, when the last thing that it lacked has come, against the chain selected then: the longest
 * first, equally long ones in the order in which they became complete (those that one event completed: in the order in
 * which their headers came). `isPreferred` is not transitive and can go round in a circle, so a chain that lost is not
 * judged again when the selected one changes; it is judged again with each block that it grows by.
 */
import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {BlockNo} from '#kernel/slot';
import {type SlotClock, slotStartMs} from '../time.ts';
import {BlockTree} from './block-tree.ts';
import {BranchPath} from './branch-path.ts';
import {type ChainTip, isPreferred} from './chain-selection.ts';
import {Contenders} from './contenders.ts';
import type {ForkHeader, ForkNode} from './fork-node.ts';
import {checkClock, checkDepth, type PlacedHeader, type PlacementFailure} from './placement.ts';
import {RefusedBlocks} from './refused-blocks.ts';

/** Headers above the anchor, all forks together. Each took a leader's signature to make. */
const HEADERS_MAX = 20_000;

export type ForkChoiceOptions = {
	/** How many blocks may be rolled back. */
	readonly k: number;
	readonly slots: SlotClock;
	/** The last block that is final, or origin. */
	readonly anchor: Tip;
	/** Milliseconds since 1970. */
	readonly nowMs: number;
	/** Default: 20,000. */
	readonly headersMax?: number;
	/** Invalid blocks that are remembered. Default: 1,000. */
	readonly refusedMax?: number;
};

/** To go over to `branch`, after taking back the last `rollback` blocks of the selected chain. */
export type ForkStep<E> = {readonly rollback: number; readonly branch: readonly E[]};

export type CheckpointConflict = {
	readonly code: 'CHAIN_CHECKPOINT_CONFLICT';
	readonly blockNo: BlockNo;
	/** What was made final on Cardano. */
	readonly expected: HeaderHash;
	/** What stands there on our chain, or what another checkpoint says. */
	readonly hash: HeaderHash;
};

/** What the moving of the anchor did. */
export type Settled<E> = {
	/** Became final, from old to new. */
	readonly final: readonly E[];
	/** Lost for ever: not built on the anchor. */
	readonly dropped: readonly E[];
};

const tipOf = ({slot, hash, blockNo}: ForkHeader): Exclude<Tip, 'origin'> => ({slot, hash, blockNo});
const entriesOf = <E>(nodes: readonly ForkNode<E>[]): readonly E[] => nodes.map(({entry}) => entry);

export class ForkChoice<E> {
	readonly #options: ForkChoiceOptions;
	readonly #tree = new BlockTree<E>();
	readonly #refused: RefusedBlocks;
	readonly #contenders = new Contenders<E>();
	readonly #chosenPath = new BranchPath<E>();
	readonly #held = new Set<ForkNode<E>>();
	readonly #early = new Set<ForkNode<E>>();
	/** When the first of `#early` may be selected. */
	#nextTickMs = Number.POSITIVE_INFINITY;
	readonly #checkpoints = new Map<BlockNo, HeaderHash>();
	/** The selected chain above the anchor, from old to new. */
	readonly #selected: ForkNode<E>[] = [];
	#anchor: Tip;
	#nowMs: number;
	/** The highest block of the selected chain that a checkpoint made final. */
	#finalNo = -1;

	constructor(options: ForkChoiceOptions) {
		this.#options = options;
		this.#refused = new RefusedBlocks(options.refusedMax);
		this.#anchor = options.anchor;
		this.#nowMs = options.nowMs;
	}

	/** The selected chain's last block. */
	get tip(): Tip {
		const last = this.#selected.at(-1);
		return last === undefined ? this.#anchor : tipOf(last.header);
	}

	/** The last block that cannot be rolled back. */
	get immutableTip(): Tip {
		return this.#anchor;
	}

	/** What a candidate is compared with. The anchor is never compared: all that is kept is longer. */
	get selectionTip(): ChainTip | 'origin' {
		return this.#selected.at(-1)?.header ?? 'origin';
	}

	/** How many headers are kept. */
	get size(): number {
		return this.#tree.size;
	}

	/** Blocks that must be what they are, above the immutable tip. */
	get checkpoints(): ReadonlyMap<BlockNo, HeaderHash> {
		return this.#checkpoints;
	}

	/** When the next block that waits for its slot may be selected; undefined: none waits. Then `tick`. */
	get nextTickMs(): number | undefined {
		return this.#nextTickMs === Number.POSITIVE_INFINITY ? undefined : this.#nextTickMs;
	}

	find(hash: HeaderHash): E | undefined {
		return this.#tree.find(hash)?.entry;
	}

	/** What the header of that hash stands on; undefined: the anchor, or it is not known. */
	parentOf(hash: HeaderHash): E | undefined {
		return this.#tree.find(hash)?.parent?.entry;
	}

	isAnchor(hash: HeaderHash | null): boolean {
		if (this.#anchor === 'origin') return hash === null;
		return hash !== null && equalBytes(hash, this.#anchor.hash);
	}

	/** The last block of the selected chain that the block of that hash stands on, or is; undefined: the anchor. */
	lastSelected(hash: HeaderHash): E | undefined {
		let at = this.#tree.find(hash);
		while (at !== undefined && !at.isSelected) at = at.parent;
		return at?.entry;
	}

	isSelected(hash: HeaderHash): boolean {
		return this.#tree.find(hash)?.isSelected === true;
	}

	/** Why a block was refused, while that is remembered. */
	refusalOf(hash: HeaderHash): Failure | undefined {
		return this.#refused.failureOf(hash);
	}

	/** What one cold key signed, on any fork. */
	*issuedBy(issuerVk: Uint8Array): Generator<E> {
		for (const {entry} of this.#tree.issuedBy(issuerVk)) yield entry;
	}

	/** Whether the chain up to that header would be taken, if all its bodies are good. */
	isBetter(hash: HeaderHash): boolean {
		const node = this.#tree.find(hash);
		return node !== undefined && !node.isSelected && isPreferred(this.selectionTip, node.header);
	}

	/** Time goes on. Blocks whose slot has begun may be selected; a clock that was set back takes none away again. */
	tick(nowMs: number): void {
		this.#nowMs = nowMs;
		if (nowMs < this.#nextTickMs) return;
		const waiting = [...this.#early];
		this.#early.clear();
		this.#nextTickMs = Number.POSITIVE_INFINITY;
		for (const node of waiting)
			if (this.#aheadMs(node.header) > 0) this.#wait(node);
			else {
				node.isEarly = false;
				this.#complete(node);
			}
	}

	/** Whether a header could be added, which is to be asked before anything of it is verified. */
	place(header: PlacedHeader): Result<'new' | 'known', PlacementFailure> {
		const {hash, prevHash} = header;
		if (this.isAnchor(hash) || this.#tree.find(hash) !== undefined) return ok('known');
		const failure = this.refusalOf(hash) ?? (prevHash === null ? undefined : this.refusalOf(prevHash));
		if (failure !== undefined) return err({code: 'CHAIN_BLOCK_REFUSED_BEFORE', hash, failure});
		const misplaced =
			checkDepth(this.#anchor, header) ?? checkClock(this.#options.slots, this.#nowMs, header);
		if (misplaced !== undefined) return err(misplaced);
		const {headersMax = HEADERS_MAX} = this.#options;
		if (this.size >= headersMax) return err({code: 'CHAIN_TOO_MANY_HEADERS', headersMax});
		const isPlaced =
			this.isAnchor(prevHash) || (prevHash !== null && this.#tree.find(prevHash) !== undefined);
		return isPlaced ? ok('new') : err({code: 'CHAIN_PARENT_UNKNOWN', hash, prevHash});
	}

	/** Adds a header that `place` called new and that was found valid. */
	addHeader(header: ForkHeader, entry: E): void {
		const {prevHash, blockNo} = header;
		const parent = prevHash === null ? undefined : this.#tree.find(prevHash);
		assert(parent !== undefined || this.isAnchor(prevHash), 'a header is added on top of what is known');
		const below = parent?.header ?? this.#anchor;
		assert(blockNo === (below === 'origin' ? 0 : below.blockNo + 1), 'block numbers have no gap');
		const isEarly = this.#aheadMs(header) > 0;
		const node = this.#tree.add(header, entry, parent, isEarly);
		if (isEarly) this.#wait(node);
	}

	/** Takes a header away, with all that is built on it, unless a body among those has come. */
	forget(hash: HeaderHash): void {
		const node = this.#tree.find(hash);
		if (node === undefined || node.isSelected) return;
		const open = [node];
		for (let next = open.pop(); next !== undefined; next = open.pop()) {
			if (next.hasBody) return;
			open.push(...next.children);
		}
		this.#drop(this.#tree.drop(node));
	}

	/** The body of a known header has come. */
	addBody(hash: HeaderHash): void {
		const node = defined(this.#tree.find(hash), 'a body comes after its header');
		node.hasBody = true;
		this.#complete(node);
	}

	/** The block's owner cannot judge it yet: it and all above it is not to be selected until `releaseHeld`. */
	hold(hash: HeaderHash): void {
		const node = defined(this.#tree.find(hash), 'what is held back is known');
		assert(!node.isSelected, 'what is selected was judged');
		node.isHeld = true;
		this.#held.add(node);
		const incomplete = [node];
		for (let next = incomplete.pop(); next !== undefined; next = incomplete.pop()) {
			next.isComplete = false;
			for (const child of next.children) if (child.isComplete) incomplete.push(child);
		}
	}

	releaseHeld(): void {
		const held = [...this.#held];
		this.#held.clear();
		for (const node of held) {
			node.isHeld = false;
			this.#complete(node);
		}
	}

	/**
	 * Remembers that a block is invalid, and takes it away with all that is built on it. Returns what went. When it was
	 * on the selected chain, that ends below it, and every complete chain is judged again: O(tree).
	 */
	invalidate(hash: HeaderHash, failure: Failure): readonly E[] {
		this.#refused.remember(hash, failure);
		const node = this.#tree.find(hash);
		if (node === undefined) return [];
		const wasSelected = node.isSelected;
		if (wasSelected) this.#unselectAbove(node.parent);
		const gone = this.#drop(this.#tree.drop(node));
		if (wasSelected)
			for (const other of this.#tree.nodes())
				if (other.isComplete && !other.isSelected) this.#contenders.add(other);
		return gone;
	}

	/**
	 * A block was made final. Its chain may not be left below it from the next `settle` on, and no other block of that
	 * number is kept: O(tree). Checkpoints below the anchor are the caller's to compare. A conflict changes nothing here: the
	 * node has to stop.
	 */
	checkpoint(blockNo: BlockNo, hash: HeaderHash): Result<readonly E[], CheckpointConflict> {
		const anchorNo = this.#anchorNo;
		if (blockNo < anchorNo) return ok([]);
		const atAnchor = this.#anchor === 'origin' || blockNo > anchorNo ? undefined : this.#anchor.hash;
		const ours = atAnchor ?? this.#selected[blockNo - anchorNo - 1]?.header.hash;
		const there = ours ?? this.#checkpoints.get(blockNo);
		if (there !== undefined && !equalBytes(there, hash))
			return err({code: 'CHAIN_CHECKPOINT_CONFLICT', blockNo, expected: hash, hash: there});
		if (atAnchor !== undefined) return ok([]);
		this.#checkpoints.set(blockNo, hash);
		if (ours !== undefined) this.#finalNo = Math.max(this.#finalNo, blockNo);
		const others = [...this.#tree.nodes()].filter(
			({header}) => header.blockNo === blockNo && !equalBytes(header.hash, hash),
		);
		return ok(others.flatMap(node => this.#drop(this.#tree.drop(node))));
	}

	/**
	 * The best chain to go over to, or the first part of it that is better than ours, of at least `blocksMax` blocks if
	 * it has as many. The owner applies it and says `switchTo`, or what it found to be invalid, or holds it back.
	 */
	next(blocksMax: number = Number.POSITIVE_INFINITY): ForkStep<E> | undefined {
		const current = this.selectionTip;
		const target = this.#contenders.first(
			current === 'origin' ? 0 : current.blockNo,
			node => node.isComplete && !node.isGone && !node.isSelected && isPreferred(current, node.header),
		);
		if (target === undefined) return undefined;
		const [first] = this.#chosenPath.to(target, 1);
		const rootNo = defined(first, 'a contender is not selected').header.blockNo - 1;
		const rollback = this.#anchorNo + this.#selected.length - rootNo;
		// One more than is rolled back makes the chain longer, and then the rest may follow step by step.
		const length = rollback === 0 ? blocksMax : Math.max(blocksMax, rollback + 1);
		return {rollback, branch: entriesOf(this.#chosenPath.to(target, length))};
	}

	/** The owner has gone over to the chain that ends with that block. */
	switchTo(hash: HeaderHash): void {
		const node = defined(this.#tree.find(hash), 'what is selected is known');
		assert(node.isComplete, 'what is selected is complete');
		const joined: ForkNode<E>[] = [];
		let at: ForkNode<E> | undefined = node;
		for (; at !== undefined && !at.isSelected; at = at.parent) joined.push(at);
		this.#unselectAbove(at);
		for (const next of joined.reverse()) {
			next.isSelected = true;
			this.#selected.push(next);
			const {blockNo} = next.header;
			if (this.#checkpoints.has(blockNo)) this.#finalNo = Math.max(this.#finalNo, blockNo);
		}
	}

	/** Moves the anchor to where nothing can be rolled back any more: k blocks below the tip, or a checkpoint. */
	settle(): Settled<E> {
		const final: E[] = [];
		const dropped: E[] = [];
		for (let first = this.#selected[0]; first !== undefined; first = this.#selected[0]) {
			const {blockNo} = first.header;
			if (this.#selected.length <= this.#options.k && blockNo > this.#finalNo) break;
			this.#selected.shift();
			dropped.push(...this.#drop(this.#tree.raise(first)));
			this.#anchor = tipOf(first.header);
			this.#checkpoints.delete(blockNo);
			final.push(first.entry);
		}
		this.#chosenPath.trim();
		return {final, dropped};
	}

	get #anchorNo(): number {
		return this.#anchor === 'origin' ? -1 : this.#anchor.blockNo;
	}

	#aheadMs({slot}: ForkHeader): number {
		return slotStartMs(this.#options.slots, slot) - this.#nowMs;
	}

	#wait(node: ForkNode<E>): void {
		this.#early.add(node);
		this.#nextTickMs = Math.min(this.#nextTickMs, this.#nowMs + this.#aheadMs(node.header));
	}

	/** Finds out what the node was the last to be missing for, and lets it contend. */
	#complete(node: ForkNode<E>): void {
		const found: ForkNode<E>[] = [];
		const open = [node];
		for (let next = open.pop(); next !== undefined; next = open.pop()) {
			if (next.isComplete || !next.hasBody || next.isHeld || next.isEarly) continue;
			if (next.parent?.isComplete === false) continue;
			next.isComplete = true;
			found.push(next);
			open.push(...next.children);
		}
		for (const next of found.sort((a, b) => a.arrival - b.arrival)) this.#contenders.add(next);
	}

	#unselectAbove(node: ForkNode<E> | undefined): void {
		while (this.#selected.length > 0 && this.#selected.at(-1) !== node)
			defined(this.#selected.pop(), 'it is not empty').isSelected = false;
	}

	#drop(nodes: readonly ForkNode<E>[]): readonly E[] {
		for (const node of nodes) {
			this.#held.delete(node);
			this.#early.delete(node);
		}
		return entriesOf(nodes);
	}
}
