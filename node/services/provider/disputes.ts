import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {type AccountId, Hash32} from '#kernel/hash';
import {type Epoch, Slot} from '#kernel/slot';
import type {Agreement} from '#ledger/agreements/agreement';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import {agreementOfOmission, epochOfOmission, type Omission} from '#ledger/disputes/omission';
import {parametersAt} from '#ledger/governance/rules-at';
import {keyOf} from '#ledger/state/keys';
import {type LedgerReader, rowsOf} from '#ledger/state/reader';
import type {Action} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {
	encodeTransaction,
	feeFreeBody,
	signedTransaction,
	type UnsignedTransaction,
	unsignedTransaction,
} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import {encodeForestInclusion} from '#storage-proofs/forest-piece';
import type {AgreementShelf} from './agreement-shelf.ts';
import {rememberInclusion} from './forest-memory.ts';
import type {ProviderChain} from './provider-chain.ts';
import {type Shrunken, shrunkenBeyondProof} from './shrunken.ts';

/** Who pays for what costs a fee. */
export type FeePayer = {
	/** Ed25519, 32 bytes. */
	readonly seed: Uint8Array;
	/** The sequence number of the account's next transaction, those that wait included. */
	readonly nextSequence: (account: AccountId) => number;
};

export type DisputeKeeperPorts = {
	readonly chain: ProviderChain;
	readonly store: Pick<PieceStore, 'commitments'>;
	readonly shelf: AgreementShelf;
	readonly crypto: Pick<Crypto, 'blake2b224'> & SecretCrypto;
	/** Undefined: no revisions are posted. */
	readonly feePayer?: FeePayer;
	readonly log: Log;
};

export type DisputeKeeperOptions = {readonly providerId: Hash32; readonly operatorSeed: Uint8Array};

type Disputed = {readonly agreementId: Hash32; readonly agreement: Agreement};
type Claimed = Disputed & {readonly epoch: Epoch; readonly claim: Omission};

/**
 * Defends a provider: shows what it had when somebody claims that it left an agreement out, and shows the newest revision
 * when a client closes with an older one, and revisions that a proof has no room for. Works from the state at the tip alone.
 */
export class DisputeKeeper {
	readonly #ports: DisputeKeeperPorts;
	readonly #options: DisputeKeeperOptions;
	/** The slot in which something was sent last, by what it was. */
	readonly #sent: Map<string, Slot> = new Map();

	constructor(ports: DisputeKeeperPorts, options: DisputeKeeperOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** To be called after every change of the tip. */
	async step(): Promise<void> {
		const state = this.#ports.chain.state();
		for (const claimed of this.#claims(state)) await this.#answer(claimed);
		if (this.#ports.feePayer === undefined) return;
		for (const disputed of this.#closing(state)) await this.#show(disputed, this.#ports.feePayer);
		for (const each of await this.#beyondProof(state))
			await this.#post(each.agreementId, each.revisionNo, this.#ports.feePayer);
	}

	#claims(state: LedgerReader): readonly Claimed[] {
		return [...rowsOf(state, 'omissions')].flatMap(([key, claim]) => {
			const agreementId = agreementOfOmission(key);
			const agreement = state.get('agreements', keyOf(agreementId));
			const isOurs = agreement !== undefined && equalBytes(agreement.provider, this.#options.providerId);
			return isOurs ? {agreementId, agreement, epoch: epochOfOmission(key), claim} : [];
		});
	}

	async #answer({agreementId, epoch, claim}: Claimed): Promise<void> {
		const {chain, store, log} = this.#ports;
		const {providerId} = this.#options;
		const about = {agreementId: toHex(agreementId), epoch};
		const slot = chain.currentSlot();
		if (slot >= claim.answerBy || !this.#isDue(`answer ${about.agreementId} ${epoch}`, slot)) return;
		const inclusion = await rememberInclusion({chain, store}, {providerId, agreementId, epoch});
		if (inclusion === undefined)
			return log.error('an agreement was left out of a commitment', {...about, answerBy: claim.answerBy});
		const isLater = inclusion.revisionNo > BigInt(claim.revisionNo);
		const signed = isLater ? await this.#signed(agreementId, Number(inclusion.revisionNo)) : undefined;
		await this.#sendFree({
			kind: 'omission-answer',
			agreementId,
			epoch,
			inclusion: encodeForestInclusion(inclusion),
			revision: signed ?? null,
		});
	}

	/** Agreements that their client is closing, and has not been caught at it. */
	#closing(state: LedgerReader): readonly Disputed[] {
		const ids = state.get('providerAgreements', keyOf(this.#options.providerId)) ?? [];
		return ids.flatMap(id => {
			const agreementId = Hash32(id);
			const agreement = state.get('agreements', keyOf(agreementId));
			const isOpen = agreement?.closing?.by === 'client' && !agreement.closing.isCaught;
			return agreement !== undefined && isOpen ? {agreementId, agreement} : [];
		});
	}

	async #show({agreementId, agreement}: Disputed, feePayer: FeePayer): Promise<void> {
		const {newest} = await this.#ports.shelf.book(agreementId);
		if (newest.revisionNo <= agreement.revisionNo) return;
		if (!(await this.#post(agreementId, newest.revisionNo, feePayer))) return;
		this.#ports.log.warn('a client closes with an old revision', {
			agreementId: toHex(agreementId),
			closedWith: agreement.revisionNo,
			newest: newest.revisionNo,
		});
	}

	/** Smaller revisions that do not fit into the proof of what was committed to. */
	async #beyondProof(state: LedgerReader): Promise<readonly Shrunken[]> {
		const {providerId: provider} = this.#options;
		const onChain = state.get('commitments', keyOf(provider));
		if (onChain === undefined || onChain.proven) return [];
		const {epoch, root, totalLeaves} = onChain;
		// What was committed to is read from the disk: not at every block.
		if (!this.#isDue(`beyond ${epoch} ${toHex(root)}`, this.#ports.chain.currentSlot())) return [];
		const kept = await this.#ports.store.commitments();
		const ours = kept.find(each => each.epoch === epoch && equalBytes(each.root, root));
		return ours === undefined
			? []
			: shrunkenBeyondProof(state, {provider, epoch, totalLeaves, agreements: ours.agreements});
	}

	/** False when it was sent a while ago, or is not there. */
	async #post(agreementId: Hash32, revisionNo: number, feePayer: FeePayer): Promise<boolean> {
		const {chain, crypto} = this.#ports;
		const slot = chain.currentSlot();
		if (!this.#isDue(`post ${toHex(agreementId)} ${revisionNo}`, slot)) return false;
		const revision = await this.#signed(agreementId, revisionNo);
		if (revision === undefined) return false;
		const sender = crypto.blake2b224(crypto.ed25519VerificationKey(feePayer.seed));
		const plain = {
			sender,
			sequence: feePayer.nextSequence(sender),
			validFrom: null,
			validUntil: Slot(slot + this.#patience()),
			action: {kind: 'revision-post', revision},
		} as const;
		const fee = feeOfBody(parametersAt(chain.env, chain.state()), plain, 1);
		await this.#send(unsignedTransaction(chain.env, {...plain, fee}), feePayer.seed);
		return true;
	}

	async #signed(agreementId: Hash32, revisionNo: number): Promise<SignedRevision | undefined> {
		const bytes = (await this.#ports.shelf.book(agreementId)).signed(revisionNo);
		const signed = bytes && decodeSignedRevision(bytes);
		return signed?.ok === true ? signed.value : undefined;
	}

	async #sendFree(action: Action): Promise<void> {
		const {env} = this.#ports.chain;
		await this.#send(unsignedTransaction(env, feeFreeBody(action)), this.#options.operatorSeed);
	}

	async #send(unsigned: UnsignedTransaction, seed: Uint8Array): Promise<void> {
		const {chain, crypto, log} = this.#ports;
		const witness = {
			verificationKey: crypto.ed25519VerificationKey(seed),
			signature: crypto.signEd25519(seed, unsigned.id),
		};
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness])));
		const about = {action: unsigned.body.action.kind, txId: toHex(unsigned.id)};
		if (sent.ok) log.info('sent to a dispute', about);
		else log.error('a dispute cannot be answered', {...about, code: sent.error.code});
	}

	/** k/f slots: by then a transaction is in a block, or is sent again. */
	#patience(): number {
		return Math.ceil(this.#ports.chain.env.genesis.epochLength / 10);
	}

	#isDue(what: string, slot: Slot): boolean {
		const sent = this.#sent.get(what);
		if (sent !== undefined && slot < sent + this.#patience()) return false;
		for (const [old, at] of this.#sent) if (slot > at + 20 * this.#patience()) this.#sent.delete(old);
		this.#sent.set(what, slot);
		return true;
	}
}
