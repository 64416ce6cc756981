import type {Header} from '#consensus/header/header';
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';

/** A block as somebody holds it, right or not. */
export type HeldBlock = {
	readonly header: Header;
	/** The whole block, as it is sent. */
	readonly bytes: Uint8Array;
};

/** Every block that an adversary has seen or made, on whatever fork. */
export class Library {
	readonly #blocks = new Map<string, HeldBlock>();

	get size(): number {
		return this.#blocks.size;
	}

	add(block: HeldBlock): void {
		this.#blocks.set(toHex(block.header.hash), block);
	}

	find(hash: HeaderHash | null): HeldBlock | undefined {
		return hash === null ? undefined : this.#blocks.get(toHex(hash));
	}

	parentOf({header}: HeldBlock): HeldBlock | undefined {
		return this.find(header.prevHash);
	}

	/** The block `depth` blocks under one; undefined: there are not so many. */
	beneath(block: HeldBlock, depth: number): HeldBlock | undefined {
		let at: HeldBlock | undefined = block;
		for (let left = depth; left > 0 && at !== undefined; left--) at = this.parentOf(at);
		return at;
	}
}
