import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {type Epoch, Slot} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import {parametersAt} from '#ledger/governance/rules-at';
import type {Provider} from '#ledger/providers/provider';
import {keyOf} from '#ledger/state/keys';
import type {Action} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {ProviderChain} from '../provider-chain.ts';
import {nextPrice, type PricePolicy} from './next-price.ts';

export type PriceKeeperPorts = {
	readonly chain: Pick<ProviderChain, 'env' | 'state' | 'currentSlot' | 'onChange' | 'submit'> & {
		/** The sequence number of the account's next transaction, those that wait included. */
		nextSequence(account: AccountId): number;
	};
	/** What the owner wants now; undefined: the price is left alone. Throws what is wrong with it. */
	readonly policy: () => Promise<PricePolicy | undefined>;
	readonly crypto: Crypto & SecretCrypto;
	readonly log: Log;
};

/** What the owner's configuration says of new agreements; what it leaves out stays as it is on chain. */
export type ConfiguredTerms = Partial<Pick<Provider, 'storePrice' | 'minTermEpochs' | 'capacityLeaves'>>;

type Terms = Required<ConfiguredTerms>;

const sameTerms = (a: Terms, b: Terms): boolean =>
	a.storePrice === b.storePrice &&
	a.minTermEpochs === b.minTermEpochs &&
	a.capacityLeaves === b.capacityLeaves;

export type PriceKeeperOptions = {
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes. */
	readonly operatorSeed: Uint8Array;
	/** Of the account that pays the fees of price changes: Ed25519, 32 bytes. */
	readonly payerSeed: Uint8Array;
	/** Brought onto the chain whenever it says otherwise. A policy for the price comes before a price. */
	readonly terms?: ConfiguredTerms;
};

export type PriceKeeper = {
	/** Resolves when what was under way is done. */
	stop(): Promise<void>;
};

/** Slots that a change has to come into a block; then it is thought about anew. */
const VALID_SLOTS = 120;

class RunningPriceKeeper implements PriceKeeper {
	readonly #ports: PriceKeeperPorts;
	readonly #options: PriceKeeperOptions;
	readonly #stopped: AbortController = new AbortController();
	/** The epoch that was thought about last. */
	#lookedIn: Epoch | undefined;
	#movedIn: Epoch | undefined;
	#working: Promise<void> | undefined;

	constructor(ports: PriceKeeperPorts, options: PriceKeeperOptions) {
		this.#ports = ports;
		this.#options = options;
		ports.chain.onChange(() => this.#wake(), {signal: this.#stopped.signal});
		this.#wake();
	}

	async stop(): Promise<void> {
		this.#stopped.abort();
		await this.#working;
	}

	#wake(): void {
		if (this.#stopped.signal.aborted) return;
		this.#working ??= this.#look().finally(() => {
			this.#working = undefined;
		});
	}

	/** Once an epoch: a price that changes faster than agreements are made follows noise. */
	async #look(): Promise<void> {
		const {chain, policy, log} = this.#ports;
		const epoch = epochOf(chain.env.genesis, chain.currentSlot());
		if (this.#lookedIn === epoch) return;
		try {
			const wanted = await policy();
			const row = chain.state().get('providers', keyOf(this.#options.providerId));
			// Not registered yet: the registration comes with a later change of the tip.
			const hasTerms = Object.keys(this.#options.terms ?? {}).length > 0;
			if ((wanted !== undefined || hasTerms) && row === undefined) return;
			this.#lookedIn = epoch;
			if (row === undefined || row.exitFrom !== null) return;
			const after = {...row, ...this.#options.terms, ...this.#followed(wanted, row, epoch)};
			if (sameTerms(after, row)) return;
			const isTaken = await this.#change(row, after);
			if (isTaken && after.storePrice !== row.storePrice) this.#movedIn = epoch;
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			this.#lookedIn = epoch;
			log.warn('price left alone', error.detail);
		}
	}

	/** The price as the policy has it, which rests for a while after each move. */
	#followed(
		wanted: PricePolicy | undefined,
		row: Provider,
		epoch: Epoch,
	): Pick<Terms, 'storePrice'> | undefined {
		if (wanted === undefined) return undefined;
		const isResting = this.#movedIn !== undefined && epoch < this.#movedIn + wanted.restEpochs;
		return {storePrice: isResting ? row.storePrice : nextPrice(wanted, {...row, price: row.storePrice})};
	}

	async #change(
		{accepting, ...before}: Provider,
		{storePrice, minTermEpochs, capacityLeaves}: Terms,
	): Promise<boolean> {
		const {chain, crypto, log} = this.#ports;
		const {providerId: provider, operatorSeed, payerSeed} = this.#options;
		const sender = crypto.blake2b224(crypto.ed25519VerificationKey(payerSeed));
		const nothing = 0n as Lovelace;
		const action: Action = {
			kind: 'provider-update',
			provider,
			storePrice,
			minTermEpochs,
			capacityLeaves,
			accepting,
			bondAdded: nothing,
		};
		const seeds = toHex(payerSeed) === toHex(operatorSeed) ? [payerSeed] : [payerSeed, operatorSeed];
		const plain = {
			sender,
			sequence: chain.nextSequence(sender),
			validFrom: null,
			validUntil: Slot(chain.currentSlot() + VALID_SLOTS),
			action,
		};
		const fee = feeOfBody(parametersAt(chain.env, chain.state()), plain, seeds.length);
		const unsigned = unsignedTransaction(chain.env, {...plain, fee});
		const witnesses = seeds.map(seed => ({
			verificationKey: crypto.ed25519VerificationKey(seed),
			signature: crypto.signEd25519(seed, unsigned.id),
		}));
		const sent = await chain.submit(encodeTransaction(signedTransaction(unsigned, witnesses)));
		const was = {
			storePrice: before.storePrice,
			minTermEpochs: before.minTermEpochs,
			capacityLeaves: before.capacityLeaves,
		};
		const now = {storePrice, minTermEpochs, capacityLeaves};
		if (sent.ok) log.info('terms changed', {before: was, now, txId: toHex(unsigned.id)});
		else log.warn('terms not changed', {code: sent.error.code, before: was, wanted: now});
		return sent.ok;
	}
}

/** Keeps a provider's terms as its owner's configuration and its policy for the price say, until it is stopped. */
export const startPriceKeeper = (ports: PriceKeeperPorts, options: PriceKeeperOptions): PriceKeeper =>
	new RunningPriceKeeper(ports, options);
