import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace, shareOf} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {type Agreement, epochRevenue} from '#ledger/agreements/agreement';
import {fundedUntil} from '#ledger/agreements/payer';
import {judgedUntil, unsettledEpochs} from '#ledger/agreements/settle-agreement';
import {parametersAt} from '#ledger/governance/rules-at';
import {SETTLE_AGREEMENTS_MAX} from '#ledger/limits';
import {keyOf} from '#ledger/state/keys';
import type {LedgerReader} from '#ledger/state/reader';
import {feeOfBody} from '#ledger/tx/fee';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {FeePayer} from './disputes.ts';
import type {ProviderChain} from './provider-chain.ts';

export type SettlerPorts = {
	readonly chain: Pick<ProviderChain, 'env' | 'state' | 'currentSlot' | 'submit'>;
	readonly crypto: Pick<Crypto, 'blake2b224'> & SecretCrypto;
	/** Undefined: what is earned is paid when the ledger does it by itself. */
	readonly feePayer?: FeePayer;
	readonly log: Log;
};

export type SettlerOptions = {
	readonly providerId: Hash32;
	/** Settled when it brings so many times the fee; 100 unless given. */
	readonly settleWorth?: bigint;
};

type Own = readonly [agreementId: Hash32, agreement: Agreement];
type Unsettled = {readonly agreementId: Hash32; readonly net: bigint};

/** The fee is at most a hundredth of what it brings. */
const SETTLE_WORTH = 100n;
/** Of an agreement in the list: its hash and the head before it, a lovelace each. */
const BYTES_EACH = 34n;

/** The dearest ones that are worth their place in one transaction. */
export const worthSettling = (unsettled: readonly Unsettled[], worth: bigint): readonly Unsettled[] =>
	unsettled
		.filter(({net}) => net >= worth * BYTES_EACH)
		.toSorted((a, b) => (a.net > b.net ? -1 : Number(a.net < b.net)))
		.slice(0, SETTLE_AGREEMENTS_MAX);

/**
 * Has a provider paid when that is worth the fee; what is not, the ledger pays in the end. Tells its log of clients whose
 * funds run out. Works from the state at the tip alone.
 */
export class Settler {
	readonly #ports: SettlerPorts;
	readonly #options: SettlerOptions;
	#nextLook: Slot = Slot(0);
	/** Clients that it has warned of. */
	readonly #insolvent: Set<string> = new Set();

	constructor(ports: SettlerPorts, options: SettlerOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** To be called after every change of the tip; looks once in k/f slots. O(agreements of the provider). */
	async step(): Promise<void> {
		const {chain, feePayer} = this.#ports;
		const slot = chain.currentSlot();
		if (slot < this.#nextLook) return;
		this.#nextLook = Slot(slot + this.#patience());
		const state = chain.state();
		const own = this.#agreements(state);
		this.#warn(state, own);
		if (feePayer !== undefined) await this.#settle(state, this.#unsettled(state, own), feePayer);
	}

	#agreements(state: LedgerReader): readonly Own[] {
		const ids = state.get('providerAgreements', keyOf(this.#options.providerId)) ?? [];
		return ids.flatMap(id => {
			const agreement = state.get('agreements', keyOf(id));
			return agreement === undefined ? [] : [[Hash32(id), agreement] as const];
		});
	}

	#unsettled(state: LedgerReader, own: readonly Own[]): readonly Unsettled[] {
		const {storageFee} = parametersAt(this.#ports.chain.env, this.#ports.chain.state());
		return own.map(([agreementId, agreement]) => {
			const {epochs} = unsettledEpochs(state, agreement);
			const amount = Lovelace(BigInt(epochs) * epochRevenue(agreement));
			return {agreementId, net: amount - shareOf(amount, storageFee)};
		});
	}

	async #settle(state: LedgerReader, unsettled: readonly Unsettled[], feePayer: FeePayer): Promise<void> {
		const {chain, crypto, log} = this.#ports;
		const {settleWorth = SETTLE_WORTH} = this.#options;
		const chosen = worthSettling(unsettled, settleWorth);
		if (chosen.length === 0) return;
		const verificationKey = crypto.ed25519VerificationKey(feePayer.seed);
		const sender = crypto.blake2b224(verificationKey);
		const plain = {
			sender,
			sequence: feePayer.nextSequence(sender),
			validFrom: null,
			validUntil: Slot(chain.currentSlot() + this.#patience()),
			action: {kind: 'agreement-settle', agreements: chosen.map(({agreementId}) => agreementId)},
		} as const;
		const fee = feeOfBody(parametersAt(chain.env, chain.state()), plain, 1);
		const net = chosen.reduce((sum, each) => sum + each.net, 0n);
		const balance = state.get('accounts', keyOf(sender))?.balance ?? 0n;
		if (net < settleWorth * fee || balance < fee) return;
		const unsigned = unsignedTransaction(chain.env, {...plain, fee});
		const witness = {verificationKey, signature: crypto.signEd25519(feePayer.seed, unsigned.id)};
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness])));
		const about = {agreements: chosen.length, lovelace: String(net), txId: toHex(unsigned.id)};
		if (sent.ok) log.info('settles what it has earned', about);
		else log.warn('could not settle what it has earned', {...about, code: sent.error.code});
	}

	/** Once for each time that a payer becomes insolvent. */
	#warn(state: LedgerReader, own: readonly Own[]): void {
		for (const key of new Set(own.map(([, {payer}]) => keyOf(payer)))) {
			const payer = state.get('payers', key);
			if (payer === undefined || payer.insolventFrom === null) {
				this.#insolvent.delete(key);
				continue;
			}
			if (this.#insolvent.has(key)) continue;
			this.#insolvent.add(key);
			this.#ports.log.warn('a payer has used up its free funds; the lock pays', {
				payer: key,
				since: payer.insolventFrom,
				fundedUntil: fundedUntil(payer, judgedUntil(state)),
			});
		}
	}

	/** k/f slots: by then a transaction is in a block, or is sent again. */
	#patience(): number {
		return Math.ceil(this.#ports.chain.env.genesis.epochLength / 10);
	}
}
