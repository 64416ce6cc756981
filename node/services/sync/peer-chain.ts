import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Point} from '#kernel/point';
import type {ChainEntry} from '../chain/chain-entry.ts';
import type {ChainService} from '../chain/chain-service.ts';
import type {WantedBlock} from './decide-fetch.ts';
import type {HeaderBook, Holder} from './header-book.ts';

type Link = {readonly entry: ChainEntry; readonly wanted: WantedBlock};

/** The heads of a block's list around header and body. */
const BLOCK_HEAD_BYTES = 1;
/** Links that were let go are cut off the list when there are so many. */
const CUT_AT = 1_024;

const linkOf = (entry: ChainEntry): Link => {
	const {slot, hash, blockNo, bytes, bodySize} = entry.header;
	return {
		entry,
		wanted: {
			key: toHex(hash),
			point: {slot, hash},
			blockNo,
			bytes: BLOCK_HEAD_BYTES + bytes.length + bodySize,
		},
	};
};

const hasBody = ({entry}: Link): boolean => entry.body !== undefined || entry.effect !== undefined;

/** The chain of one peer, as its headers say: from the first block whose body we lack to its last header. */
export class PeerChain implements Holder {
	alone = 0;
	readonly #book: HeaderBook;
	#links: Link[] = [];
	/** Links before this one were let go: their bodies are here. */
	#start = 0;
	#tip: ChainEntry | undefined;
	/** It said that it does not have the body of this block, and has told of no other chain since. */
	without: {readonly key: string; readonly sinceMs: number} | undefined;

	constructor(book: HeaderBook) {
		this.#book = book;
		book.join();
	}

	/** The last header that was accepted of it, unless it is one that we had for good before. */
	get tip(): ChainEntry | undefined {
		return this.#tip;
	}

	/** Headers held. */
	get length(): number {
		return this.#links.length - this.#start;
	}

	forward(entries: readonly ChainEntry[]): void {
		for (const entry of entries) {
			const link = linkOf(entry);
			this.#tip = entry;
			if (this.length === 0 && hasBody(link)) continue;
			this.#links.push(link);
			this.#book.hold(this, entry);
		}
	}

	/** Goes back to a point; `entry` is what is known of it. */
	backTo(point: Point, entry: ChainEntry | undefined): void {
		const kept = point === 'origin' ? -1 : this.#lastAt(point.hash);
		const keptCount = kept < 0 ? this.#start : kept + 1;
		const gone = this.#links.slice(keptCount);
		this.#links.length = keptCount;
		this.#tip = entry;
		this.without = undefined;
		this.#release(gone, true);
	}

	/**
	 * The blocks that are missing and not `here` in another way, at most `max`, from old to new. Lets go of those that
	 * have come.
	 */
	wanted(max: number, here: ReadonlySet<string>): readonly WantedBlock[] {
		this.trim();
		const wanted: WantedBlock[] = [];
		for (let at = this.#start; at < this.#links.length && wanted.length < max; at++) {
			const link = this.#links[at] as Link;
			if (!hasBody(link) && !here.has(link.wanted.key)) wanted.push(link.wanted);
		}
		return wanted;
	}

	/** Whether something that it stands on has been refused or left behind, so that it can never be ours. */
	isLost(chain: ChainService): boolean {
		this.trim();
		const first = this.#links[this.#start]?.entry;
		if (first !== undefined) return chain.find(first.header.hash) !== first;
		return this.#tip !== undefined && chain.refusalOf(this.#tip.header.hash) !== undefined;
	}

	entryOf(blockNo: number): ChainEntry | undefined {
		const first = this.#links[this.#start]?.entry.header.blockNo;
		return first === undefined ? undefined : this.#links[this.#start + blockNo - first]?.entry;
	}

	/** The peer is gone. */
	close(): void {
		const gone = this.#links.slice(this.#start);
		this.#links = [];
		this.#start = 0;
		this.#release(gone, true);
		this.#book.leave();
	}

	trim(): void {
		const before = this.#start;
		while (this.#start < this.#links.length && hasBody(this.#links[this.#start] as Link)) this.#start++;
		if (this.#start === before) return;
		this.#release(this.#links.slice(before, this.#start), false);
		if (this.#start < CUT_AT && this.#start < this.#links.length) return;
		this.#links = this.#links.slice(this.#start);
		this.#start = 0;
	}

	#lastAt(hash: HeaderHash): number {
		for (let at = this.#links.length - 1; at >= this.#start; at--)
			if (equalBytes((this.#links[at] as Link).entry.header.hash, hash)) return at;
		return -1;
	}

	#release(links: readonly Link[], isWorthless: boolean): void {
		this.#book.release(
			this,
			links.map(({entry}) => entry),
			isWorthless,
		);
	}
}
