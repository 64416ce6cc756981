import type {SecretCrypto} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import {encodeRetrievalProof, type RetrievalProof} from '#ledger/service/retrieval-proof';
import {answerSlots} from '#ledger/service/service-class';
import type {RetrievalDemand} from '#ledger/service/service-terms';
import {keyOf} from '#ledger/state/keys';
import {rowsOf} from '#ledger/state/reader';
import type {Action} from '#ledger/tx/action';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import {piecePayload} from '#storage-proofs/agreement-trie';
import {proveAbsence} from '#storage-proofs/trie/trie-path';
import type {AgreementShelf} from './agreement-shelf.ts';
import {openLeaves} from './open-leaves.ts';
import type {ProviderChain} from './provider-chain.ts';

export type DemandAnswererPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	readonly shelf: AgreementShelf;
	readonly crypto: SecretCrypto;
	readonly trees: Pick<PieceTreeKernel, 'treeLevels'>;
	readonly log: Log;
};

export type DemandAnswererOptions = {readonly providerId: Hash32; readonly operatorSeed: Uint8Array};

type Answer = {readonly revision: SignedRevision | null; readonly proof: RetrievalProof};

/** An answer that is in no block yet is sent again so often within its time. */
const TRIES = 5;

/** Answers what clients demand on the chain, from the state at the tip alone: what a rollback undid is sent again. */
export class DemandAnswerer {
	readonly #ports: DemandAnswererPorts;
	readonly #options: DemandAnswererOptions;
	/** When an answer was sent last, by demand. */
	#sent: ReadonlyMap<string, Slot> = new Map<string, Slot>();

	constructor(ports: DemandAnswererPorts, options: DemandAnswererOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** To be called after every change of the tip. O(open demands of all providers). */
	async step(): Promise<void> {
		const {chain} = this.#ports;
		const slot = chain.currentSlot();
		const sent = new Map<string, Slot>();
		for (const [key, demand] of rowsOf(chain.state(), 'retrievalDemands')) {
			if (!equalBytes(demand.provider, this.#options.providerId) || slot >= demand.deadline) continue;
			const name = `${key} ${demand.blockNo}`;
			const before = this.#sent.get(name);
			const rest = Math.max(2, Math.floor(answerSlots(chain.env.genesis, demand.serviceClass) / TRIES));
			const isWaiting = before !== undefined && slot < before + rest;
			if (!isWaiting) await this.#answer(Hash32(fromHex(key)), demand);
			sent.set(name, isWaiting ? before : slot);
		}
		this.#sent = sent;
	}

	async #answer(agreementId: Hash32, demand: RetrievalDemand): Promise<void> {
		const {log} = this.#ports;
		const {pieceId, leafIndex} = demand;
		const named = {agreementId: toHex(agreementId), pieceId: toHex(pieceId)};
		try {
			const {revision, proof} =
				(await this.#freed(agreementId, demand)) ?? (await this.#leaf(agreementId, {pieceId, leafIndex}));
			await this.#send({
				kind: 'retrieval-answer',
				agreementId,
				revision,
				proof: encodeRetrievalProof(proof),
			});
			log.info('demand answered', {...named, how: proof.kind});
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			log.error('demand not answered', {...error.detail, ...named});
		}
	}

	/** Throws PIECE_LOST, PIECE_CORRUPT. */
	async #leaf(
		agreementId: Hash32,
		wanted: {readonly pieceId: Hash32; readonly leafIndex: number},
	): Promise<Answer> {
		const {store, trees} = this.#ports;
		const [opening] = await openLeaves({store, trees}, [{agreementId, ...wanted}]);
		return {revision: null, proof: {kind: 'leaf', opening: opening as NonNullable<typeof opening>}};
	}

	/** When the newest revision has not the piece any more. */
	async #freed(agreementId: Hash32, {pieceId}: RetrievalDemand): Promise<Answer | undefined> {
		const {shelf, chain} = this.#ports;
		const book = await shelf.book(agreementId);
		const {root, revisionNo, signed} = book.newest;
		const version = book.version(root);
		if (version === undefined) return undefined;
		const trie = await book.openTowards(version.trie, pieceId);
		const absence = proveAbsence(chain.env.crypto, piecePayload, trie, pieceId);
		if (absence === undefined) return undefined;
		const seen = chain.state().get('agreements', keyOf(agreementId))?.revisionNo ?? 0;
		const decoded = seen < revisionNo && signed !== undefined ? decodeSignedRevision(signed) : undefined;
		return {revision: decoded?.ok === true ? decoded.value : null, proof: {kind: 'freed', absence}};
	}

	async #send(action: Action): Promise<void> {
		const {chain, crypto} = this.#ports;
		const {operatorSeed} = this.#options;
		const unsigned = unsignedTransaction(chain.env, feeFreeBody(action));
		const witness = {
			verificationKey: crypto.ed25519VerificationKey(operatorSeed),
			signature: crypto.signEd25519(operatorSeed, unsigned.id),
		};
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness])));
		if (!sent.ok) throw new NodeError(sent.error);
	}
}
