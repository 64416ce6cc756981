import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Epoch, Slot} from '#kernel/slot';
import {NOTICE_AGREEMENTS_MAX} from '#ledger/limits';
import {dueAgreements} from '#ledger/proofs/due-agreements';
import {isInMaintenance} from '#ledger/providers/maintenance';
import {keyOf} from '#ledger/state/keys';
import type {LedgerReader} from '#ledger/state/reader';
import type {Action} from '#ledger/tx/action';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {PieceName, PieceStore} from '#node/ports/piece-store';
import {proofTimetable} from '#storage-proofs/window';
import type {AgreementShelf} from './agreement-shelf.ts';
import type {ProviderChain} from './provider-chain.ts';
import {checkPiece, type PieceCheckPorts} from './upkeep/check-piece.ts';
import type {Loss, LossBook} from './upkeep/loss-book.ts';

export type LossReporterPorts = Omit<PieceCheckPorts, 'crypto'> & {
	readonly store: Pick<PieceStore, 'open'>;
	readonly shelf: AgreementShelf;
	readonly chain: ProviderChain;
	readonly losses: LossBook;
	readonly crypto: Hasher & SecretCrypto;
	readonly log: Log;
};

export type LossReporterOptions = {
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes. */
	readonly operatorSeed: Uint8Array;
	/** False: the operator does it (`dcloud provider report-loss`), or is caught. True unless given. */
	readonly reportLosses?: boolean;
};

/** What would be committed to. */
type CommitmentSoFar = {
	readonly due: readonly {readonly agreementId: Hash32; readonly root: Hash32}[];
	/** Agreements of which not even the trie can be made. */
	readonly unprovable: readonly Hash32[];
};

/** A commitment waits for the report until so much of the window is left: after it no report is taken. */
const LEFT_FOR_COMMITMENT = 4;

/**
 * Reports agreements with lost pieces before the epoch's commitment. Each piece is read once more before that: what
 * cost an agreement cannot be taken back.
 */
export class LossReporter {
	readonly #ports: LossReporterPorts;
	readonly #options: LossReporterOptions;
	#looked: {readonly epoch: Epoch; readonly found: number; readonly lost: ReadonlySet<string>} | undefined;
	#sent: {readonly what: string; readonly slot: Slot} | undefined;

	constructor(ports: LossReporterPorts, options: LossReporterOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/**
	 * Whether the commitment of an epoch, whose window is open, has to wait for a report; sends it when it is due.
	 */
	async holdsCommitment(
		{state, slot, epoch}: {readonly state: LedgerReader; readonly slot: Slot; readonly epoch: Epoch},
		{unprovable, due}: CommitmentSoFar,
	): Promise<boolean> {
		const {providerId, reportLosses = true} = this.#options;
		const {losses, chain} = this.#ports;
		if (losses.losses.length === 0 && unprovable.length === 0) return false;
		await losses.forget(({agreementId}) => isOver(state, agreementId, epoch));
		if (!reportLosses || isInMaintenance(state, providerId, epoch)) return false;
		const {commitFrom, commitUntil} = proofTimetable(chain.env.genesis, epoch);
		if (slot >= commitUntil - Math.floor((commitUntil - commitFrom) / LEFT_FOR_COMMITMENT)) return false;
		const lost = new Set([...unprovable.map(toHex), ...(await this.#confirmed(epoch, due))]);
		const agreements = dueAgreements(state, providerId, epoch)
			.map(({agreementId}) => agreementId)
			.filter(agreementId => lost.has(toHex(agreementId)))
			.slice(0, NOTICE_AGREEMENTS_MAX);
		if (agreements.length === 0) return false;
		await this.#report(slot, epoch, agreements);
		return true;
	}

	/** Agreements of which at least one piece cannot be read now either. Looked at once an epoch. */
	async #confirmed(epoch: Epoch, due: CommitmentSoFar['due']): Promise<ReadonlySet<string>> {
		const roots = new Map(due.map(({agreementId, root}) => [toHex(agreementId), root] as const));
		const {losses, log} = this.#ports;
		const found = losses.losses.length;
		if (this.#looked?.epoch === epoch && this.#looked.found === found) return this.#looked.lost;
		const lost = new Set<string>();
		const wrong = new Set<Loss>();
		for (const loss of losses.losses) {
			const agreement = toHex(loss.agreementId);
			const root = roots.get(agreement);
			if (root === undefined || lost.has(agreement)) continue;
			try {
				if (await this.#isLost(loss, root)) lost.add(agreement);
				else wrong.add(loss);
			} catch (error) {
				// The whole disk does not answer: that is no loss yet.
				if (!(error instanceof NodeError)) throw error;
				log.error('a lost piece cannot be looked at again', error.detail);
				return new Set();
			}
		}
		await losses.forget(loss => wrong.has(loss));
		this.#looked = {epoch, found: losses.losses.length, lost};
		return lost;
	}

	/** A piece that a revision took out meanwhile is none of ours any more. */
	async #isLost(name: PieceName, root: Hash32): Promise<boolean> {
		const {shelf} = this.#ports;
		if (!(await shelf.change(name.agreementId, book => book.has(root, name.pieceId)))) return false;
		return (await checkPiece(this.#ports, name)) !== undefined;
	}

	async #report(slot: Slot, epoch: Epoch, agreements: readonly Hash32[]): Promise<void> {
		const {chain, crypto, log} = this.#ports;
		const {providerId, operatorSeed} = this.#options;
		const {commitFrom, commitUntil} = proofTimetable(chain.env.genesis, epoch);
		const names = agreements.map(toHex);
		const what = `${epoch} ${names.join(' ')}`;
		const again = Math.max(2, Math.floor((commitUntil - commitFrom) / 8));
		if (this.#sent?.what === what && slot < this.#sent.slot + again) return;
		this.#sent = {what, slot};
		const action: Action = {
			kind: 'provider-notice',
			provider: providerId,
			epoch,
			purpose: 'loss',
			agreements,
		};
		const unsigned = unsignedTransaction(chain.env, feeFreeBody(action));
		const witness = {
			verificationKey: crypto.ed25519VerificationKey(operatorSeed),
			signature: crypto.signEd25519(operatorSeed, unsigned.id),
		};
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness])));
		const fields = {epoch, agreements: names};
		if (sent.ok) log.warn('loss reported: a tenth of what being caught costs', fields);
		else log.warn('loss not reported', {code: sent.error.code, ...fields});
	}
}

/** The agreement is gone, or was vacated in an epoch before, so that no rollback brings it back. */
const isOver = (state: LedgerReader, agreementId: Hash32, epoch: Epoch): boolean => {
	const row = state.get('agreements', keyOf(agreementId));
	return row === undefined || (row.vacancy !== null && row.vacancy.epoch < epoch);
};
