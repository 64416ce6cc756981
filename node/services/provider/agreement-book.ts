import type {Hasher} from '#crypto/crypto';
import {pieceLeafCount} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {AgreementChange, StoredAgreement, StoredPiece, StoredRevision} from '#node/ports/piece-store';
import {
	type AgreementTrie,
	addPiece,
	agreementCommitment,
	agreementTrieOf,
	removePiece,
} from '#storage-proofs/agreement-trie';
import {leavesOf} from '#storage-proofs/trie/trie';

/** The pieces of an agreement at one revision. */
export type Version = {readonly root: Hash32; readonly leaves: number; readonly trie: AgreementTrie};

type SignedVersion = Version & {readonly stored: StoredRevision};

export type Settlement = {readonly settled: Version; readonly change: Required<AgreementChange>};

export type RevisionProposal = {
	readonly revisionNo: number;
	readonly root: Hash32;
	readonly leaves: number;
	readonly added: readonly Hash32[];
	readonly removed: readonly Hash32[];
};

export type RevisionRefusal =
	| {readonly code: 'REVISION_PIECE_MISSING'; readonly pieceId: Hash32}
	| {readonly code: 'REVISION_ROOT_WRONG'; readonly root: Hash32; readonly expected: Hash32}
	| {readonly code: 'REVISION_NUMBER_USED'; readonly revisionNo: number};

const versionOf = (hasher: Hasher, trie: AgreementTrie): Version => {
	const {root, leaves} = agreementCommitment(hasher, trie);
	return {root, leaves: Number(leaves), trie};
};

const idsOf = (trie: AgreementTrie): readonly Hash32[] => [...leavesOf(trie)].map(({key}) => key as Hash32);

/**
 * What a provider knows of one agreement: its pieces, the settled version of them, and the versions that it has signed
 * since. Which of those is the newest on chain, the chain says.
 */
export class AgreementBook {
	readonly #hasher: Hasher;
	/** By piece id. */
	readonly #pieces = new Map<string, StoredPiece>();
	#settled: Version;
	/** By revision number, ascending. */
	readonly #signed = new Map<number, SignedVersion>();
	/** Revisions of which pieces are missing or spoilt: they cannot be proven. */
	readonly damaged: readonly number[];

	constructor(hasher: Hasher, {pieces, revisions}: StoredAgreement) {
		this.#hasher = hasher;
		for (const piece of pieces) this.#pieces.set(toHex(piece.pieceId), piece);
		const held = pieces.filter(({held}) => held);
		const trie = agreementTrieOf(
			held.map(({pieceId, length}) => ({pieceId, leaves: pieceLeafCount(length)})),
		);
		assert(trie.ok, 'pieces on one disk are fewer than 2^64 leaves');
		this.#settled = versionOf(hasher, trie.value);
		const damaged: number[] = [];
		for (const revision of revisions) {
			const version = this.#restored(revision);
			if (version === undefined) damaged.push(revision.revisionNo);
			else this.#signed.set(revision.revisionNo, {...version, stored: revision});
		}
		this.damaged = damaged;
	}

	/** Leaves of all pieces, staged ones included. */
	get storedLeaves(): number {
		let leaves = 0;
		for (const {length} of this.#pieces.values()) leaves += pieceLeafCount(length);
		return leaves;
	}

	get pieceCount(): number {
		return this.#pieces.size;
	}

	get storedBytes(): number {
		let bytes = 0;
		for (const {length} of this.#pieces.values()) bytes += length;
		return bytes;
	}

	/** The version with that root, if its pieces are here. */
	version(root: Hash32): Version | undefined {
		if (equalBytes(this.#settled.root, root)) return this.#settled;
		return [...this.#signed.values()].find(version => equalBytes(version.root, root));
	}

	piece(pieceId: Hash32): StoredPiece | undefined {
		return this.#pieces.get(toHex(pieceId));
	}

	/** A piece has arrived on disk. */
	stage(pieceId: Hash32, length: number): void {
		const key = toHex(pieceId);
		if (!this.#pieces.has(key)) this.#pieces.set(key, {pieceId, length, held: false});
	}

	/** Pieces that no version has. */
	loosePieces(): readonly Hash32[] {
		const used = this.#usedBy([this.#settled, ...this.#signed.values()]);
		return [...this.#pieces].filter(([key]) => !used.has(key)).map(([, {pieceId}]) => pieceId);
	}

	/**
	 * The revision that a client proposes, if it is what its root says. `current` is the root on chain; changes are tried
	 * on that and, newest first, on versions that were signed and may be on their way.
	 */
	propose(proposal: RevisionProposal, current: Hash32): Result<StoredRevision, RevisionRefusal> {
		const {revisionNo, root, leaves, added, removed} = proposal;
		const missing = added.find(pieceId => this.piece(pieceId) === undefined);
		if (missing !== undefined) return err({code: 'REVISION_PIECE_MISSING', pieceId: missing});
		const same = this.#signed.get(revisionNo);
		if (same !== undefined)
			return equalBytes(same.root, root) ? ok(same.stored) : err({code: 'REVISION_NUMBER_USED', revisionNo});
		let expected = current;
		for (const {base, version} of this.#bases(current)) {
			const changed = this.#changed(version, added, removed);
			if (changed === undefined) continue;
			expected = changed.root;
			if (equalBytes(changed.root, root) && changed.leaves === leaves)
				return ok({revisionNo, base, root, leaves, added, removed});
		}
		return err({code: 'REVISION_ROOT_WRONG', root, expected});
	}

	/** The highest revision that was signed. */
	get newestRevisionNo(): number {
		return Math.max(0, ...this.#signed.keys());
	}

	hasSigned(revisionNo: number): boolean {
		return this.#signed.has(revisionNo);
	}

	/** A proposed revision is on disk. */
	accept(revision: StoredRevision): void {
		const version = defined(this.#restored(revision), 'the revision was proposed with success');
		this.#signed.set(revision.revisionNo, {...version, stored: revision});
	}

	/**
	 * What makes the version of that root and number the settled one and forgets all up to it; undefined when there is
	 * nothing to forget. O(pieces). To be given to `settle` when it is on disk.
	 */
	settlement(root: Hash32, revisionNo: number): Settlement | undefined {
		const signed = [...this.#signed.values()];
		const earlier = signed.filter(({stored}) => stored.revisionNo <= revisionNo);
		const later = signed.filter(({stored}) => stored.revisionNo > revisionNo);
		const settled = earlier.findLast(version => equalBytes(version.root, root)) ?? this.version(root);
		if (settled === undefined || earlier.length === 0) return undefined;
		const needed = this.#usedBy([settled, ...later]);
		const inSettled = this.#usedBy([settled]);
		const gone = [...this.#usedBy([this.#settled, ...earlier])].filter(key => !needed.has(key));
		const marked = (held: boolean): readonly Hash32[] =>
			[...this.#pieces]
				.filter(([key, piece]) => needed.has(key) && piece.held !== held && inSettled.has(key) === held)
				.map(([, {pieceId}]) => pieceId);
		const numbers = earlier.map(({stored}) => stored.revisionNo);
		const change = {
			hold: marked(true),
			unhold: marked(false),
			dropPieces: gone.flatMap(key => this.#pieces.get(key)?.pieceId ?? []),
			addRevisions: later
				.filter(({stored: {base}}) => base === null || numbers.includes(base))
				.map(version => this.#rebased(version, settled)),
			dropRevisions: numbers,
		};
		return {settled, change};
	}

	/** A settlement is on disk. */
	settle({settled, change}: Settlement): void {
		this.#settled = settled;
		for (const pieceId of change.dropPieces) this.#pieces.delete(toHex(pieceId));
		for (const [pieceIds, held] of [
			[change.hold, true],
			[change.unhold, false],
		] as const)
			for (const pieceId of pieceIds) {
				const piece = defined(this.piece(pieceId), 'a piece that changes is there');
				this.#pieces.set(toHex(pieceId), {...piece, held});
			}
		for (const stored of change.addRevisions) {
			const version = defined(this.#signed.get(stored.revisionNo), 'a later version stays');
			this.#signed.set(stored.revisionNo, {...version, stored});
		}
		for (const revisionNo of change.dropRevisions) this.#signed.delete(revisionNo);
	}

	/** Loose pieces are gone from disk. */
	forget(pieceIds: readonly Hash32[]): void {
		for (const pieceId of pieceIds) this.#pieces.delete(toHex(pieceId));
	}

	#usedBy(versions: readonly Version[]): Set<string> {
		return new Set(versions.flatMap(({trie}) => idsOf(trie).map(toHex)));
	}

	/** A later version as a change of the settled one. */
	#rebased({trie, stored}: SignedVersion, settled: Version): StoredRevision {
		const [before, after] = [this.#usedBy([settled]), this.#usedBy([{...settled, trie}])];
		return {
			...stored,
			base: null,
			added: idsOf(trie).filter(pieceId => !before.has(toHex(pieceId))),
			removed: idsOf(settled.trie).filter(pieceId => !after.has(toHex(pieceId))),
		};
	}

	#bases(current: Hash32): readonly {readonly base: number | null; readonly version: Version}[] {
		const all = [
			...[...this.#signed.values()].reverse().map(version => ({
				base: version.stored.revisionNo as number | null,
				version: version as Version,
			})),
			{base: null, version: this.#settled},
		];
		const onChain = all.filter(({version}) => equalBytes(version.root, current));
		return [...onChain.slice(0, 1), ...all.slice(0, BASES_TRIED_MAX)];
	}

	#changed({trie}: Version, added: readonly Hash32[], removed: readonly Hash32[]): Version | undefined {
		let changed = trie;
		for (const pieceId of removed) changed = removePiece(changed, pieceId);
		for (const pieceId of added) {
			const piece = this.piece(pieceId);
			if (piece === undefined) return undefined;
			const next = addPiece(changed, {pieceId, leaves: pieceLeafCount(piece.length)});
			assert(next.ok, 'pieces on one disk are fewer than 2^64 leaves');
			changed = next.value;
		}
		return versionOf(this.#hasher, changed);
	}

	#restored({base, root, added, removed}: StoredRevision): Version | undefined {
		const before = base === null ? this.#settled : this.#signed.get(base);
		const version = before && this.#changed(before, added, removed);
		return version !== undefined && equalBytes(version.root, root) ? version : undefined;
	}
}

/** A client that changes its mind more often within an epoch has to wait for the chain. */
const BASES_TRIED_MAX = 4;
