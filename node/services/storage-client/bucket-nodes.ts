import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import type {FileRange} from '#node/ports/byte-file';
import type {TreeChange} from '#pieces/metadata/edit-tree';
import type {Locator, NodePack, PackedNode} from '#pieces/metadata/locator';
import type {MetadataError, Walk} from '#pieces/metadata/walk';

type Call = {readonly signal?: AbortSignal};

/** Reads a part of a pack. */
export type FetchPart = (pack: NodePack, part: FileRange, call: Call) => Promise<Uint8Array>;

type Place = {readonly pack: NodePack; readonly at: number};

/** Fetched nodes that are kept, in bytes. */
const KEPT_BYTES_MAX = 48 * 2 ** 20;
/** What is fetched when a node is wanted out of turn. */
const PART_BYTES_MIN = 128 * 1024;
/** The most that is fetched at a time, when one node after the other is wanted; no node is longer. */
export const PART_BYTES_MAX: number = 4 * 2 ** 20;

/** Nodes that can be fetched again: those used last stay. */
class KeptNodes {
	readonly #nodes = new Map<string, Uint8Array>();
	#bytes = 0;

	get(key: string): Uint8Array | undefined {
		const bytes = this.#nodes.get(key);
		if (bytes === undefined) return undefined;
		this.#nodes.delete(key);
		this.#nodes.set(key, bytes);
		return bytes;
	}

	add(key: string, bytes: Uint8Array): void {
		if (this.get(key) !== undefined) return;
		this.#nodes.set(key, bytes);
		this.#bytes += bytes.length;
		for (const [oldest, {length}] of this.#nodes) {
			if (this.#bytes <= KEPT_BYTES_MAX) return;
			this.#nodes.delete(oldest);
			this.#bytes -= length;
		}
	}
}

/** Where the nodes of a bucket are: at hand, or in packs of which a part is fetched when one of its nodes is wanted. */
export class BucketNodes {
	readonly #fetch: FetchPart;
	/** Nodes that no pack has. */
	readonly #own = new Map<string, Uint8Array>();
	readonly #kept = new KeptNodes();
	readonly #places = new Map<string, Place>();
	#packs: readonly NodePack[] = [];
	/** The node that would come next if nodes were wanted in the order of their pack, and how much was fetched last. */
	#next: {readonly key: string; readonly partBytes: number} | undefined;

	constructor(fetch: FetchPart) {
		this.#fetch = fetch;
	}

	get packs(): readonly NodePack[] {
		return this.#packs;
	}

	/** Knows what a locator knows, besides what it knew. */
	learn(hasher: Hasher, {nodes, packs}: Pick<Locator, 'nodes' | 'packs'>): void {
		for (const bytes of nodes) this.#own.set(toHex(hasher.blake2b256(bytes)), bytes);
		this.#join(packs);
	}

	/** Knows also what the other one knows. */
	learnFrom(other: BucketNodes): void {
		for (const [key, bytes] of other.#own) this.#own.set(key, bytes);
		this.#join(other.#packs);
	}

	/** The same when everything is where a locator says: nothing is kept that is garbage now. */
	settled(hasher: Hasher, locator: Pick<Locator, 'nodes' | 'packs'>): BucketNodes {
		const after = new BucketNodes(this.#fetch);
		after.learn(hasher, locator);
		for (const key of after.#places.keys()) {
			const bytes = this.#own.get(key) ?? this.#kept.get(key);
			if (bytes !== undefined) after.#kept.add(key, bytes);
		}
		return after;
	}

	#join(packs: readonly NodePack[]): void {
		const known = new Set(this.#packs.map(({reference}) => toHex(reference)));
		const added = packs
			.filter(({reference}) => !known.has(toHex(reference)))
			.map(({reference, nodes}) => ({reference, nodes: nodes.toSorted((a, b) => a.offset - b.offset)}));
		for (const pack of added)
			for (const [at, {address}] of pack.nodes.entries()) this.#places.set(toHex(address), {pack, at});
		this.#packs = [...this.#packs, ...added];
	}

	add({nodes}: Pick<TreeChange, 'nodes'>): void {
		for (const {address, bytes} of nodes) this.#own.set(toHex(address), bytes);
	}

	/** Throws METADATA_NODE_MISSING and other codes of a spoilt tree. */
	async run<T>(walk: Walk<Result<T, MetadataError>>, call: Call): Promise<T> {
		let step = walk.next();
		while (!step.done) {
			const brought: (Uint8Array | undefined)[] = [];
			// One after the other: with the first may come others.
			for (const address of step.value) brought.push(await this.bring(address, call));
			step = walk.next(brought);
		}
		if (step.value.ok) return step.value.value;
		const {code, ...detail} = step.value.error;
		throw new NodeError({code, message: `The bucket cannot be read or written so: ${code}.`, ...detail});
	}

	/** Undefined when no pack has it. */
	async bring(address: Hash32, call: Call): Promise<Uint8Array | undefined> {
		const key = toHex(address);
		const bytes = this.#own.get(key) ?? this.#kept.get(key);
		if (bytes !== undefined) return bytes;
		const place = this.#places.get(key);
		return place === undefined ? undefined : await this.#fetchFrom(key, place, call);
	}

	/** Fetches the node and some that come after it: twice as much as before when it is the one that comes next. */
	async #fetchFrom(key: string, {pack, at}: Place, call: Call): Promise<Uint8Array> {
		const isNext = this.#next?.key === key;
		const wanted = isNext ? Math.min(PART_BYTES_MAX, 2 * (this.#next?.partBytes ?? 0)) : PART_BYTES_MIN;
		const first = pack.nodes[at] as PackedNode;
		let end = at + 1;
		const endOf = ({offset, length}: PackedNode): number => offset + length;
		for (; end < pack.nodes.length; end++)
			if (endOf(pack.nodes[end] as PackedNode) - first.offset > wanted) break;
		const nodes = pack.nodes.slice(at, end);
		const part = {from: first.offset, until: endOf(nodes.at(-1) as PackedNode)};
		const bytes = await this.#fetch(pack, part, call);
		const nodeOf = ({offset, length}: PackedNode): Uint8Array =>
			bytes.slice(offset - part.from, offset - part.from + length);
		for (const node of nodes) this.#kept.add(toHex(node.address), nodeOf(node));
		const next = pack.nodes[end];
		this.#next = next && {key: toHex(next.address), partBytes: wanted};
		return nodeOf(first);
	}
}
