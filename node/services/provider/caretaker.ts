import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Epoch, Slot} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import {parametersAt} from '#ledger/governance/rules-at';
import {keyOf} from '#ledger/state/keys';
import type {LedgerReader} from '#ledger/state/reader';
import type {PieceStore, StoredCommitment} from '#node/ports/piece-store';
import {proofTimetable} from '#storage-proofs/window';
import type {AgreementBook} from './agreement-book.ts';
import type {AgreementShelf} from './agreement-shelf.ts';
import type {ProviderChain} from './provider-chain.ts';

export type CaretakerPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	readonly shelf: AgreementShelf;
};

type NewestThen = {readonly revisionNo: number; readonly root: Hash32};

const byAgreement = (
	commitments: readonly StoredCommitment[],
): ReadonlyMap<string, readonly NewestThen[]> => {
	const found = new Map<string, NewestThen[]>();
	for (const {agreements} of commitments)
		for (const {agreementId, revisionNo, root} of agreements) {
			const list = found.get(toHex(agreementId)) ?? [];
			found.set(toHex(agreementId), list);
			list.push({revisionNo, root});
		}
	return found;
};

/**
 * Once an epoch, forgets what nobody can ask for any more: agreements that ended, pieces that a revision took out more
 * than an epoch ago, commitments that are too old for anybody to claim that something was left out.
 */
export class Caretaker {
	readonly #ports: CaretakerPorts;
	#tidiedEpoch: Epoch | undefined;
	/** As things stood the last time, by agreement. */
	readonly #newest = new Map<string, NewestThen>();
	readonly #ended = new Set<string>();
	readonly #loose = new Map<string, ReadonlySet<string>>();

	constructor(ports: CaretakerPorts) {
		this.#ports = ports;
	}

	/** To be called after every change of the tip; does its work when a new epoch has got going. */
	async step(): Promise<void> {
		const {chain, store} = this.#ports;
		const slot = chain.currentSlot();
		const epoch = epochOf(chain.env.genesis, slot);
		if (this.#tidiedEpoch === epoch || slot < this.#tidyFrom(epoch)) return;
		this.#tidiedEpoch = epoch;
		await store.dropCommitments(Math.max(0, epoch - parametersAt(chain.env, chain.state()).lockEpochs));
		const state = chain.state();
		const open = (await store.commitments()).filter(commitment => commitment.epoch >= epoch);
		const committed = byAgreement(open);
		for (const agreementId of await store.agreements())
			await this.#tidy(state, agreementId, committed.get(toHex(agreementId)) ?? []);
	}

	/** Two windows into an epoch, the settlement of the one before lies three windows, or 3k/f slots, back. */
	#tidyFrom(epoch: Epoch): Slot {
		const {seedFrom, commitUntil, seedUntil} = proofTimetable(this.#ports.chain.env.genesis, epoch);
		return (commitUntil + (seedUntil - seedFrom) / 3) as Slot;
	}

	async #tidy(state: LedgerReader, agreementId: Hash32, committed: readonly NewestThen[]): Promise<void> {
		const {shelf} = this.#ports;
		const key = toHex(agreementId);
		const agreement = state.get('agreements', keyOf(agreementId));
		if (agreement === undefined) {
			if (!this.#ended.has(key)) {
				this.#ended.add(key);
				return;
			}
			this.#ended.delete(key);
			this.#newest.delete(key);
			this.#loose.delete(key);
			await shelf.drop(agreementId);
			return;
		}
		await shelf.change(agreementId, async book => {
			await this.#settle(agreementId, book, committed);
			await this.#dropLoose(agreementId, book);
			const {revisionNo, root} = book.newest;
			this.#newest.set(key, {revisionNo, root});
		});
	}

	/** The oldest of: what was the newest the last time, and what is committed and not proven yet. */
	async #settle(agreementId: Hash32, book: AgreementBook, committed: readonly NewestThen[]): Promise<void> {
		const {store} = this.#ports;
		const newest = this.#newest.get(toHex(agreementId));
		if (newest === undefined) return;
		const oldest = [newest, ...committed].reduce((a, b) => (b.revisionNo < a.revisionNo ? b : a));
		const settlement = await book.settlement(oldest.root, oldest.revisionNo);
		if (settlement === undefined) return;
		await store.change(agreementId, settlement.change);
		await book.settle(settlement);
	}

	async #dropLoose(agreementId: Hash32, book: AgreementBook): Promise<void> {
		const key = toHex(agreementId);
		const before = this.#loose.get(key);
		const loose = await book.loosePieces();
		const dropPieces = loose.filter(pieceId => before?.has(toHex(pieceId)) === true);
		this.#loose.set(key, new Set(loose.map(toHex)));
		if (dropPieces.length === 0) return;
		await this.#ports.store.change(agreementId, {dropPieces});
	}
}
