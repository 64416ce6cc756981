import type {SecretCrypto} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {bigFromBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch, type Slot} from '#kernel/slot';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import {encodeProofWitness, WITNESS_REVISIONS_MAX} from '#ledger/proofs/proof-witness';
import {keyOf} from '#ledger/state/keys';
import {type LedgerReader, single} from '#ledger/state/reader';
import type {Action} from '#ledger/tx/action';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {challengeIndexes} from '#storage-proofs/challenge';
import type {ForestProof} from '#storage-proofs/forest-proof';
import {epochOfCommitSlot, epochOfProofSlot, proofTimetable} from '#storage-proofs/window';
import type {AgreementShelf} from './agreement-shelf.ts';
import type {CommittedAgreement, CommittedForest, ForestKeeper} from './forest-keeper.ts';
import type {LossReporter} from './loss-reporter.ts';
import {openLeaves} from './open-leaves.ts';
import type {ProviderChain} from './provider-chain.ts';
import {shrunkenOf} from './shrunken.ts';
import type {LossBook} from './upkeep/loss-book.ts';

export type ProverPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	readonly forests: ForestKeeper;
	readonly shelf: AgreementShelf;
	readonly crypto: SecretCrypto;
	readonly trees: Pick<PieceTreeKernel, 'treeLevels'>;
	readonly reporter: Pick<LossReporter, 'holdsCommitment'>;
	readonly losses: LossBook;
	readonly log: Log;
};

export type ProverOptions = {readonly providerId: Hash32; readonly operatorSeed: Uint8Array};

/** What was sent last, so that it is not sent again at once, but is when it does not come into a block. */
type Sent = {readonly what: string; readonly slot: Slot};

/**
 * Commits in the commit window and proves in the proof window, both from the state at the tip alone: what a rollback
 * undid is sent again, and a proof is made anew when the seed has changed.
 */
export class Prover {
	readonly #ports: ProverPorts;
	readonly #options: ProverOptions;
	#commitment: Sent | undefined;
	#proof: Sent | undefined;
	#lastFailure: string | null = null;

	constructor(ports: ProverPorts, options: ProverOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** Why the last commitment or proof could not be made or was not taken, as a code; null after a success. */
	get lastFailure(): string | null {
		return this.#lastFailure;
	}

	/** Does what is due now. To be called after every change of the tip. */
	async step(): Promise<void> {
		const {chain} = this.#ports;
		const state = chain.state();
		const slot = chain.currentSlot();
		const {genesis} = chain.env;
		const committing = epochOfCommitSlot(genesis, slot);
		if (committing !== undefined) await this.#commit(state, slot, committing);
		const proving = epochOfProofSlot(genesis, slot);
		if (proving !== undefined) await this.#prove(state, slot, proving);
	}

	async #commit(state: LedgerReader, slot: Slot, epoch: Epoch): Promise<void> {
		const {providerId} = this.#options;
		const {commitFrom} = this.#timetable(epoch);
		if (slot < commitFrom + this.#spread()) return;
		const onChain = state.get('commitments', keyOf(providerId));
		if (onChain?.epoch === epoch) return;
		const {forest, lost} = await this.#ports.forests.due(state, providerId, epoch);
		if (lost.length > 0)
			this.#failed('PIECES_LOST', {epoch, agreements: lost.map(agreementId => toHex(agreementId))});
		const found = {unprovable: lost, due: forest?.agreements ?? []};
		if (await this.#ports.reporter.holdsCommitment({state, slot, epoch}, found)) return;
		if (forest === undefined) return;
		const what = `${epoch} ${toHex(forest.root)}`;
		if (!this.#isDue(this.#commitment, what, slot)) return;
		this.#commitment = {what, slot};
		const {root, totalLeaves, agreements} = forest;
		// Kept before it is sent: once it is in a block, this very forest must be proven.
		await this.#ports.store.putCommitment({epoch, root, agreements});
		await this.#send({kind: 'commit', provider: providerId, epoch, root, totalLeaves}, null);
	}

	async #prove(state: LedgerReader, slot: Slot, epoch: Epoch): Promise<void> {
		const {providerId} = this.#options;
		if (slot < this.#timetable(epoch).proofFrom + this.#spread()) return;
		const commitment = state.get('commitments', keyOf(providerId));
		const {seed} = single(state, 'challenge');
		if (commitment === undefined || commitment.epoch !== epoch || commitment.proven || seed === null) return;
		const what = `${epoch} ${toHex(seed)} ${toHex(commitment.root)}`;
		if (!this.#isDue(this.#proof, what, slot)) return;
		this.#proof = {what, slot};
		const forest = await this.#ports.forests.committed(epoch, commitment.root);
		if (forest === undefined) return this.#failed('COMMITTED_FOREST_LOST', {epoch});
		const proof = await this.#proofOf(forest, seed, epoch);
		if (proof === undefined) return;
		const witnessHash = this.#ports.chain.env.crypto.blake2b256(proof);
		await this.#send({kind: 'prove', provider: providerId, epoch, witnessHash}, proof);
	}

	/** The proof's bytes, or undefined when a piece is gone or spoilt. */
	async #proofOf(committed: CommittedForest, seed: Hash32, epoch: Epoch): Promise<Uint8Array | undefined> {
		const {forest, totalLeaves} = committed;
		const {store, trees, chain, forests} = this.#ports;
		const {crypto, genesisHash} = chain.env;
		const {providerId} = this.#options;
		const indexes = challengeIndexes(crypto, {
			genesisHash,
			seed,
			providerId,
			epoch,
			totalLeaves: BigInt(totalLeaves),
		});
		try {
			const opened = await forests.opened(forest, indexes);
			const openings = await openLeaves({store, trees}, leavesWanted(opened, indexes));
			const proof = buildProof(crypto, opened, indexes, openings);
			if (proof.ok)
				return encodeProofWitness({
					proof: proof.value,
					revisions: await this.#revisions(proof.value, committed, epoch),
				});
			this.#failed(proof.error.code, {epoch, pieceId: toHex(proof.error.pieceId)});
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			const {code, ...detail} = error.detail;
			this.#failed(code, {epoch, ...detail});
			await this.#noteLoss(error);
		}
		return undefined;
	}

	/** Those that the proof shows leaves of, and those that have fewer leaves than the chain believes. */
	async #revisions(
		{openings}: ForestProof,
		{agreements}: CommittedForest,
		epoch: Epoch,
	): Promise<readonly SignedRevision[]> {
		const shown = new Map(
			openings.map(({agreementId, revisionNo}) => [
				keyOf(agreementId),
				{agreementId, revisionNo: Number(revisionNo)},
			]),
		);
		const shrunken = shrunkenOf(this.#ports.chain.state(), agreements, epoch).filter(
			({agreementId}) => !shown.has(keyOf(agreementId)),
		);
		const wanted = [...shown.values(), ...shrunken].slice(0, WITNESS_REVISIONS_MAX);
		const all = await Promise.all(wanted.map(each => this.#unseen(each)));
		return all.flatMap(signed => signed ?? []);
	}

	/** A revision that the chain has not seen yet. */
	async #unseen({
		agreementId,
		revisionNo,
	}: Pick<CommittedAgreement, 'agreementId' | 'revisionNo'>): Promise<SignedRevision | undefined> {
		const {shelf, chain} = this.#ports;
		if (chain.state().get('agreements', keyOf(agreementId))?.revisionNo === revisionNo) return undefined;
		const bytes = (await shelf.book(agreementId)).signed(revisionNo);
		const signed = bytes && decodeSignedRevision(bytes);
		return signed?.ok === true ? signed.value : undefined;
	}

	/** What a challenge brought to light is reported before the next one. */
	async #noteLoss({code, detail}: NodeError): Promise<void> {
		const {agreementId, pieceId} = detail;
		if (code !== 'PIECE_LOST' && code !== 'PIECE_CORRUPT') return;
		if (typeof agreementId !== 'string' || typeof pieceId !== 'string') return;
		const name = {agreementId: Hash32(fromHex(agreementId)), pieceId: Hash32(fromHex(pieceId))};
		await this.#ports.losses.add({...name, code});
	}

	async #send(action: Action, proof: Uint8Array | null): Promise<void> {
		const {chain, crypto, log} = this.#ports;
		const {operatorSeed} = this.#options;
		const unsigned = unsignedTransaction(chain.env, feeFreeBody(action));
		const witness = {
			verificationKey: crypto.ed25519VerificationKey(operatorSeed),
			signature: crypto.signEd25519(operatorSeed, unsigned.id),
		};
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness], proof)));
		// It waits there since the last time that it was due.
		const isWaiting = !sent.ok && sent.error.code === 'MEMPOOL_HAS_IT';
		if (!sent.ok && !isWaiting) return this.#failed(sent.error.code, {action: action.kind});
		this.#lastFailure = null;
		log.info('storage transaction sent', {action: action.kind, txId: toHex(unsigned.id)});
	}

	#failed(code: string, fields: Readonly<Record<string, unknown>>): void {
		this.#lastFailure = code;
		this.#ports.log.warn('storage not committed or proven', {code, ...fields});
	}

	#timetable(epoch: Epoch): ReturnType<typeof proofTimetable> {
		return proofTimetable(this.#ports.chain.env.genesis, epoch);
	}

	/** Slots after the start of a window, of a place of its own for each provider, so that not all send at once. */
	#spread(): number {
		return Number(bigFromBytes(this.#options.providerId) % BigInt(this.#unit()));
	}

	/** k/f in slots. */
	#unit(): number {
		const {seedFrom, seedUntil} = this.#timetable(Epoch(1));
		return (seedUntil - seedFrom) / 3;
	}

	/** Another one than before, or one that was sent a while ago and is not in a block yet. */
	#isDue(sent: Sent | undefined, what: string, slot: Slot): boolean {
		return sent?.what !== what || slot >= sent.slot + Math.max(2, Math.floor(this.#unit() / 4));
	}
}
