import type {Hasher} from '#crypto/crypto';
import {pieceLeafCount} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {
	AgreementChange,
	PieceStore,
	SettledTrie,
	StoredAgreement,
	StoredRevision,
} from '#node/ports/piece-store';
import {type AgreementTrie, addPiece, agreementCommitment, removePiece} from '#storage-proofs/agreement-trie';
import {EMPTY_TRIE_ROOT} from '#storage-proofs/trie/root-hash';
import {findLeaf, type TrieStub} from '#storage-proofs/trie/trie';
import {packTrie} from '#storage-proofs/trie/trie-page';
import {AgreementPages} from './agreement-pages.ts';

/** The pieces of an agreement at one revision. Of the trie only what was looked at is in memory. */
export type Version = {readonly root: Hash32; readonly leaves: number; readonly trie: AgreementTrie};

type SignedVersion = Version & {readonly stored: StoredRevision};

export type Settlement = {readonly trie: SettledTrie; readonly change: AgreementChange};

export type RevisionProposal = {
	readonly revisionNo: number;
	readonly root: Hash32;
	readonly leaves: number;
	readonly added: readonly Hash32[];
	readonly removed: readonly Hash32[];
	/** With both signatures. */
	readonly signed: Uint8Array;
};

export type RevisionRefusal =
	| {readonly code: 'REVISION_PIECE_MISSING'; readonly pieceId: Hash32}
	| {readonly code: 'REVISION_ROOT_WRONG'; readonly root: Hash32; readonly expected: Hash32};

export type BookStore = Pick<PieceStore, 'find' | 'page' | 'pieces'>;

export type BookPorts = {
	readonly hasher: Hasher;
	readonly store: BookStore;
	readonly agreementId: Hash32;
};

/** A trie without pieces, before anything was settled. */
export const NOTHING_SETTLED: SettledTrie = {root: EMPTY_TRIE_ROOT, leaves: 0, page: null, nextPage: 0};

const stubOf = ({root, leaves, page}: SettledTrie): TrieStub | null =>
	page === null ? null : {kind: 'stub', hash: root, sum: BigInt(leaves), page};

const idOf = (key: string): Hash32 => Hash32(fromHex(key));

/** The revision that counts: the last one that both sides signed. */
export type NewestRevision = {
	/** 0 before the first. */
	readonly revisionNo: number;
	readonly root: Hash32;
	readonly leaves: number;
	/** Undefined before the first. */
	readonly signed: Uint8Array | undefined;
};

/**
 * What a provider knows of one agreement: the settled version of its pieces, and the versions that were signed since.
 * Only the newest is committed to; earlier ones are kept while something may still be asked of them. Whatever it does takes O(log n) of n pieces for each piece that
 * is named, and memory for the versions that are not settled yet.
 */
export class AgreementBook {
	readonly #hasher: Hasher;
	readonly #store: BookStore;
	readonly #agreementId: Hash32;
	readonly #pages: AgreementPages;
	#settled: SettledTrie;
	/** By revision number, ascending; the settled one is the first of them. */
	#signed: Map<number, SignedVersion> = new Map<number, SignedVersion>();
	/** The last version that was proposed with success. */
	#proposed: Version | undefined;
	/** Revisions of which pieces are missing or spoilt: they cannot be proven. */
	damaged: readonly number[] = [];

	private constructor({hasher, store, agreementId}: BookPorts, settled: SettledTrie) {
		this.#hasher = hasher;
		this.#store = store;
		this.#agreementId = agreementId;
		this.#pages = new AgreementPages(hasher, store, agreementId);
		this.#settled = settled;
	}

	/** Throws PIECE_INDEX_DAMAGED. */
	static async open(
		ports: BookPorts,
		{settled = NOTHING_SETTLED, revisions}: StoredAgreement,
	): Promise<AgreementBook> {
		const book = new AgreementBook(ports, settled);
		book.damaged = await book.#restoreAll(revisions);
		return book;
	}

	get settledTrie(): SettledTrie {
		return this.#settled;
	}

	/** The version with that root, if its pieces are here. */
	version(root: Hash32): Version | undefined {
		if (equalBytes(this.#settled.root, root)) return this.#settledVersion();
		return [...this.#signed.values()].find(version => equalBytes(version.root, root));
	}

	/** The trie of a version with an open way to its leaf number `index`. */
	async openAt(trie: AgreementTrie, index: bigint): Promise<AgreementTrie> {
		return await this.#pages.toIndex(trie, index);
	}

	/** Whether the version with that root has a piece. */
	async has(root: Hash32, pieceId: Hash32): Promise<boolean> {
		const version = this.version(root);
		return (
			version !== undefined &&
			findLeaf(await this.#pages.towards(version.trie, pieceId), pieceId) !== undefined
		);
	}

	/** The trie of a version with an open way to where a piece is or would be. */
	async openTowards(trie: AgreementTrie, pieceId: Hash32): Promise<AgreementTrie> {
		return await this.#pages.towards(trie, pieceId);
	}

	/** Pieces that no version has. O(staged pieces). */
	async loosePieces(): Promise<readonly Hash32[]> {
		const used = new Set([...this.#signed.values()].flatMap(({stored}) => stored.added.map(toHex)));
		const loose: Hash32[] = [];
		for await (const {pieceId} of this.#store.pieces(this.#agreementId, 'staged'))
			if (!used.has(toHex(pieceId))) loose.push(pieceId);
		return loose;
	}

	/** The revision that a client proposes on top of the newest one, if it is what its root says. */
	async propose(proposal: RevisionProposal): Promise<Result<StoredRevision, RevisionRefusal>> {
		const {revisionNo, root, leaves, added, removed, signed} = proposal;
		for (const pieceId of added)
			if ((await this.#store.find(this.#agreementId, pieceId)) === undefined)
				return err({code: 'REVISION_PIECE_MISSING', pieceId});
		const newest = this.#newest;
		const base = newest?.stored.revisionNo ?? null;
		const changed = await this.#changed(newest ?? this.#settledVersion(), added, removed);
		assert(changed !== undefined, 'no added piece is missing');
		if (!equalBytes(changed.root, root) || changed.leaves !== leaves)
			return err({code: 'REVISION_ROOT_WRONG', root, expected: changed.root});
		this.#proposed = changed;
		return ok({revisionNo, base, root, leaves, added, removed, signed});
	}

	get newest(): NewestRevision {
		const newest = this.#newest;
		if (newest === undefined) {
			const {root, leaves} = this.#settled;
			return {revisionNo: 0, root, leaves, signed: undefined};
		}
		const {root, leaves, stored} = newest;
		return {revisionNo: stored.revisionNo, root, leaves, signed: stored.signed};
	}

	/** A signed revision of that number, as long as it is kept. */
	signed(revisionNo: number): Uint8Array | undefined {
		return this.#signed.get(revisionNo)?.stored.signed;
	}

	/** A proposed revision is on disk. */
	async accept(stored: StoredRevision): Promise<void> {
		const isProposed = this.#proposed !== undefined && equalBytes(this.#proposed.root, stored.root);
		const version = isProposed ? this.#proposed : await this.#restored(stored);
		this.#signed.set(stored.revisionNo, {
			...defined(version, 'the revision was proposed with success'),
			stored,
		});
		this.#proposed = undefined;
	}

	/**
	 * What makes the version of that root and number the settled one and forgets all before it; undefined when there is
	 * nothing to forget. To be given to `settle` when it is on disk.
	 */
	async settlement(root: Hash32, revisionNo: number): Promise<Settlement | undefined> {
		const signed = [...this.#signed.values()];
		const earlier = signed.filter(({stored}) => stored.revisionNo <= revisionNo);
		const later = signed.filter(({stored}) => stored.revisionNo > revisionNo);
		const settled = earlier.at(-1);
		if (settled === undefined || !equalBytes(settled.root, root)) return undefined;
		const {base, added, removed} = settled.stored;
		if (base === null && added.length + removed.length === 0) return undefined;
		const numbers = earlier.slice(0, -1).map(({stored}) => stored.revisionNo);
		const touched = this.#touched(signed);
		// Its signatures are shown as long as it is committed to.
		const addRevisions: StoredRevision[] = [{...settled.stored, base: null, added: [], removed: []}];
		for (const version of later)
			if (version.stored.base === null || numbers.includes(version.stored.base))
				addRevisions.push(await this.#rebased(version, settled, touched));
		const rebased = new Set(addRevisions.map(stored => stored.revisionNo));
		const remaining = [
			...addRevisions,
			...later.map(({stored}) => stored).filter(stored => !rebased.has(stored.revisionNo)),
		];
		const marks = await this.#marks(settled, touched, remaining);
		const {trie, ...settle} = await this.#packed(settled);
		const change = {...marks, addRevisions, dropRevisions: numbers, settle: {trie, ...settle}};
		return {trie, change};
	}

	/** A settlement is on disk. */
	async settle({trie, change: {addRevisions = [], dropRevisions = []}}: Settlement): Promise<void> {
		const stored = new Map(
			[...this.#signed.values()].map(version => [version.stored.revisionNo, version.stored]),
		);
		for (const revisionNo of dropRevisions) stored.delete(revisionNo);
		for (const revision of addRevisions) stored.set(revision.revisionNo, revision);
		this.#settled = trie;
		// Their tries hang on to pages that may be gone.
		const damaged = await this.#restoreAll([...stored.values()]);
		assert(damaged.length === 0, 'what was signed since stays whole');
	}

	get #newest(): SignedVersion | undefined {
		return [...this.#signed.values()].at(-1);
	}

	#settledVersion(): Version {
		const {root, leaves} = this.#settled;
		return {root, leaves, trie: stubOf(this.#settled)};
	}

	/** Makes the signed versions from their changes; returns the numbers of those that cannot be made. */
	async #restoreAll(revisions: readonly StoredRevision[]): Promise<readonly number[]> {
		const damaged: number[] = [];
		this.#signed = new Map();
		for (const stored of revisions.toSorted((a, b) => a.revisionNo - b.revisionNo)) {
			const version = await this.#restored(stored);
			if (version === undefined) damaged.push(stored.revisionNo);
			else this.#signed.set(stored.revisionNo, {...version, stored});
		}
		return damaged;
	}

	/** All pieces that the changes behind these versions name: of any other, all versions say the same. */
	#touched(versions: readonly SignedVersion[]): ReadonlySet<string> {
		return new Set(versions.flatMap(({stored: {added, removed}}) => [...added, ...removed].map(toHex)));
	}

	async #marks(
		settled: Version,
		touched: ReadonlySet<string>,
		remaining: readonly StoredRevision[],
	): Promise<Required<Pick<AgreementChange, 'hold' | 'unhold' | 'dropPieces'>>> {
		const addedLater = new Set(remaining.flatMap(({added}) => added.map(toHex)));
		const marks = {hold: [] as Hash32[], unhold: [] as Hash32[], dropPieces: [] as Hash32[]};
		let {trie} = settled;
		for (const key of touched) {
			const pieceId = idOf(key);
			const piece = await this.#store.find(this.#agreementId, pieceId);
			if (piece === undefined) continue;
			trie = await this.#pages.towards(trie, pieceId);
			const isHeld = findLeaf(trie, pieceId) !== undefined;
			if (isHeld && !piece.held) marks.hold.push(pieceId);
			if (isHeld) continue;
			if (!addedLater.has(key)) marks.dropPieces.push(pieceId);
			else if (piece.held) marks.unhold.push(pieceId);
		}
		return marks;
	}

	async #packed(version: Version): Promise<Required<AgreementChange>['settle']> {
		const before = stubOf(this.#settled);
		let {nextPage} = this.#settled;
		const {root, pages, kept} = packTrie(this.#hasher, version.trie, () => nextPage++);
		const dropPages = before === null ? [] : await this.#pages.superseded(before, kept);
		const trie = {root: version.root, leaves: version.leaves, page: root?.page ?? null, nextPage};
		return {trie, putPages: pages, dropPages};
	}

	/** A later version as a change of the settled one. */
	async #rebased(
		{trie, stored}: SignedVersion,
		settled: Version,
		touched: ReadonlySet<string>,
	): Promise<StoredRevision> {
		const added: Hash32[] = [];
		const removed: Hash32[] = [];
		let [before, after] = [settled.trie, trie];
		for (const pieceId of [...touched].map(idOf)) {
			// What was opened for one piece stays open for the next.
			before = await this.#pages.towards(before, pieceId);
			after = await this.#pages.towards(after, pieceId);
			const [wasThere, isThere] = [findLeaf(before, pieceId), findLeaf(after, pieceId)];
			if (isThere !== undefined && wasThere === undefined) added.push(pieceId);
			if (wasThere !== undefined && isThere === undefined) removed.push(pieceId);
		}
		return {...stored, base: null, added, removed};
	}

	/** Undefined when a piece to be added is not here. */
	async #changed(
		{trie}: Version,
		added: readonly Hash32[],
		removed: readonly Hash32[],
	): Promise<Version | undefined> {
		let changed = trie;
		for (const pieceId of removed)
			changed = removePiece(await this.#pages.towards(changed, pieceId), pieceId);
		for (const pieceId of added) {
			const piece = await this.#store.find(this.#agreementId, pieceId);
			if (piece === undefined) return undefined;
			const opened = await this.#pages.towards(changed, pieceId);
			const next = addPiece(opened, {pieceId, leaves: pieceLeafCount(piece.length)});
			assert(next.ok, 'pieces on one disk are fewer than 2^64 leaves');
			changed = next.value;
		}
		const {root, leaves} = agreementCommitment(this.#hasher, changed);
		return {root, leaves: Number(leaves), trie: changed};
	}

	async #restored({base, root, added, removed}: StoredRevision): Promise<Version | undefined> {
		const before = base === null ? this.#settledVersion() : this.#signed.get(base);
		const version = before && (await this.#changed(before, added, removed));
		return version !== undefined && equalBytes(version.root, root) ? version : undefined;
	}
}
