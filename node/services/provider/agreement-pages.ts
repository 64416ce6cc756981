import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {PieceStore} from '#node/ports/piece-store';
import type {AgreementTrie} from '#storage-proofs/agreement-trie';
import {graftAtIndex, graftTowards, stubAtIndex, stubsOf, stubTowards} from '#storage-proofs/trie/open-way';
import type {TrieNode, TrieStub} from '#storage-proofs/trie/trie';
import {openPage} from '#storage-proofs/trie/trie-page';

/** Brings the parts of an agreement's trie that are asked for into memory. Throws PIECE_INDEX_DAMAGED. */
export class AgreementPages {
	readonly #hasher: Hasher;
	readonly #store: Pick<PieceStore, 'page'>;
	readonly #agreementId: Hash32;

	constructor(hasher: Hasher, store: Pick<PieceStore, 'page'>, agreementId: Hash32) {
		this.#hasher = hasher;
		this.#store = store;
		this.#agreementId = agreementId;
	}

	async open(stub: TrieStub): Promise<TrieNode<null>> {
		const bytes = await this.#store.page(this.#agreementId, stub.page);
		const opened = bytes && openPage(this.#hasher, stub, bytes);
		if (opened?.ok) return opened.value;
		throw new NodeError({
			code: 'PIECE_INDEX_DAMAGED',
			message: 'A page of the index of pieces is not what was written; it is made again from the pieces.',
			agreementId: toHex(this.#agreementId),
			page: stub.page,
		});
	}

	/** The same trie with an open way to where `key` is or would be. */
	async towards(trie: AgreementTrie, key: Uint8Array): Promise<AgreementTrie> {
		let opened = trie;
		for (let stub = stubTowards(opened, key); opened !== null && stub !== undefined; ) {
			opened = graftTowards(opened, key, await this.open(stub));
			stub = stubTowards(opened, key);
		}
		return opened;
	}

	/** The same trie with an open way to its leaf number `index`. */
	async toIndex(trie: AgreementTrie, index: bigint): Promise<AgreementTrie> {
		let opened = trie;
		for (let stub = stubAtIndex(opened, index); opened !== null && stub !== undefined; ) {
			opened = graftAtIndex(opened, index, await this.open(stub));
			stub = stubAtIndex(opened, index);
		}
		return opened;
	}

	/** The pages under `root` that are not among `kept`, nor under one of them. O(their number). */
	async superseded(root: TrieStub, kept: ReadonlySet<number>): Promise<readonly number[]> {
		const found: number[] = [];
		const open: TrieStub[] = [root];
		for (let stub = open.pop(); stub !== undefined; stub = open.pop()) {
			if (kept.has(stub.page)) continue;
			found.push(stub.page);
			open.push(...stubsOf(await this.open(stub)));
		}
		return found;
	}
}
