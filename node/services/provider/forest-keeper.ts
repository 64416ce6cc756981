import type {Hasher} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {dueAgreements} from '#ledger/proofs/due-agreements';
import type {LedgerReader} from '#ledger/state/reader';
import type {PieceStore, StoredCommitment} from '#node/ports/piece-store';
import {EMPTY_FOREST, type Forest, forestCommitment, putAgreement} from '#storage-proofs/forest';
import {leafAt} from '#storage-proofs/trie/trie';
import type {AgreementShelf} from './agreement-shelf.ts';

export type CommittedAgreement = StoredCommitment['agreements'][number];

export type CommittedForest = {
	readonly forest: Forest;
	readonly root: Hash32;
	readonly totalLeaves: number;
	readonly agreements: readonly CommittedAgreement[];
};

/** Builds what is committed to, and finds it again when the challenge comes. */
export class ForestKeeper {
	readonly #hasher: Hasher;
	readonly #store: PieceStore;
	readonly #shelf: AgreementShelf;

	constructor(hasher: Hasher, store: PieceStore, shelf: AgreementShelf) {
		this.#hasher = hasher;
		this.#store = store;
		this.#shelf = shelf;
	}

	/**
	 * The forest of the agreements that count in an epoch, each in the newest revision that both sides have signed;
	 * undefined when there are none, or pieces of one are lost.
	 */
	async due(
		state: LedgerReader,
		providerId: Hash32,
		epoch: Epoch,
	): Promise<{readonly forest: CommittedForest | undefined; readonly lost: readonly Hash32[]}> {
		const agreements: CommittedAgreement[] = [];
		const lost: Hash32[] = [];
		for (const {agreementId} of dueAgreements(state, providerId, epoch)) {
			const {newest, damaged} = await this.#shelf.book(agreementId);
			const {revisionNo, root, leaves} = newest;
			if (damaged.some(number => number > revisionNo)) lost.push(agreementId);
			agreements.push({agreementId, revisionNo, root, leaves});
		}
		if (lost.length > 0 || agreements.length === 0) return {forest: undefined, lost};
		return await this.#build(agreements);
	}

	/** The forest that was committed to with that root, after a restart as well. */
	async committed(epoch: Epoch, root: Hash32): Promise<CommittedForest | undefined> {
		const stored = (await this.#store.commitments()).find(
			commitment => commitment.epoch === epoch && equalBytes(commitment.root, root),
		);
		return stored && (await this.#build(stored.agreements)).forest;
	}

	/** The same forest with an open way to each of its leaves in `indexes`, in turn with changes of the agreements. */
	async opened(forest: Forest, indexes: readonly bigint[]): Promise<Forest> {
		let opened = forest;
		for (const index of indexes) {
			const at = defined(leafAt(opened, index), 'a challenge lies within the committed forest');
			const agreementId = at.leaf.key as Hash32;
			const {pieces, revisionNo} = at.leaf.value;
			const open = await this.#shelf.change(agreementId, book => book.openAt(pieces, at.offset));
			const put = putAgreement(opened, agreementId, {pieces: open, revisionNo});
			assert(put.ok, 'the sums stay the same');
			opened = put.value;
		}
		return opened;
	}

	async #build(
		agreements: readonly CommittedAgreement[],
	): Promise<{readonly forest: CommittedForest | undefined; readonly lost: readonly Hash32[]}> {
		let forest: Forest = EMPTY_FOREST;
		const lost: Hash32[] = [];
		for (const {agreementId, revisionNo, root} of agreements) {
			const version = (await this.#shelf.book(agreementId)).version(root);
			if (version === undefined) {
				lost.push(agreementId);
				continue;
			}
			const next = putAgreement(forest, agreementId, {
				pieces: version.trie,
				revisionNo: BigInt(revisionNo),
			});
			assert(next.ok, 'a provider has at most 2^40 leaves');
			forest = next.value;
		}
		if (lost.length > 0) return {forest: undefined, lost};
		const {root, totalLeaves} = forestCommitment(this.#hasher, forest);
		return {forest: {forest, root, totalLeaves: Number(totalLeaves), agreements}, lost};
	}
}
