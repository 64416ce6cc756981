import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import type {TreeChange} from '#pieces/metadata/edit-tree';
import type {Locator, NodePack} from '#pieces/metadata/locator';
import type {MetadataError, Walk} from '#pieces/metadata/walk';

type Call = {readonly signal?: AbortSignal};

/** The longest pack that is read. */
export const PACK_BYTES_MAX: number = 64 * 2 ** 20;

/** Where the nodes of a bucket are: at hand, or in packs that are fetched when one of their nodes is wanted. */
export class BucketNodes {
	readonly #fetch: (pack: NodePack, call: Call) => Promise<Uint8Array>;
	readonly #atHand = new Map<string, Uint8Array>();
	#packs: readonly NodePack[] = [];

	constructor(fetch: (pack: NodePack, call: Call) => Promise<Uint8Array>) {
		this.#fetch = fetch;
	}

	get packs(): readonly NodePack[] {
		return this.#packs;
	}

	/** Knows what a locator knows, besides what it knew. */
	learn(hasher: Hasher, {nodes, packs}: Pick<Locator, 'nodes' | 'packs'>): void {
		for (const bytes of nodes) this.#atHand.set(toHex(hasher.blake2b256(bytes)), bytes);
		this.#join(packs);
	}

	/** Knows also what the other one knows. */
	learnFrom(other: BucketNodes): void {
		for (const [key, bytes] of other.#atHand) this.#atHand.set(key, bytes);
		this.#join(other.#packs);
	}

	#join(packs: readonly NodePack[]): void {
		const known = new Set(this.#packs.map(({reference}) => toHex(reference)));
		this.#packs = [...this.#packs, ...packs.filter(({reference}) => !known.has(toHex(reference)))];
	}

	add({nodes}: Pick<TreeChange, 'nodes'>): void {
		for (const {address, bytes} of nodes) this.#atHand.set(toHex(address), bytes);
	}

	/** Throws METADATA_NODE_MISSING and other codes of a spoilt tree. */
	async run<T>(walk: Walk<Result<T, MetadataError>>, call: Call): Promise<T> {
		let step = walk.next();
		while (!step.done)
			step = walk.next(await Promise.all(step.value.map(address => this.bring(address, call))));
		if (step.value.ok) return step.value.value;
		const {code, ...detail} = step.value.error;
		throw new NodeError({code, message: `The bucket cannot be read or written so: ${code}.`, ...detail});
	}

	/** Undefined when no pack has it. */
	async bring(address: Hash32, call: Call): Promise<Uint8Array | undefined> {
		const key = toHex(address);
		const bytes = this.#atHand.get(key);
		if (bytes !== undefined) return bytes;
		const pack = this.#packs.find(({nodes}) => nodes.some(each => toHex(each.address) === key));
		if (pack === undefined) return undefined;
		const whole = await this.#fetch(pack, call);
		for (const {address: each, offset, length} of pack.nodes)
			this.#atHand.set(toHex(each), whole.slice(offset, offset + length));
		return this.#atHand.get(key);
	}
}
