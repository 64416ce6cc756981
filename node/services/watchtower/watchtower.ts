import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {
	openPayeeBook,
	type PayeeChannel,
	payeeVouchers,
	type VoucherRefused,
} from '#crypto/vouchers/payee-book';
import type {Voucher} from '#crypto/vouchers/voucher';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import {type Channel, channelEnd, findLiveChannel} from '#ledger/channels/channel';
import {isVoucherDue, type SettlePolicy, settleSlotsOf, voucherWorth} from '#ledger/channels/voucher-due';
import {rulesAt} from '#ledger/governance/rules-at';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {TxError} from '#ledger/tx/tx-error';
import type {Log} from '#node/ports/log';
import type {VoucherJournal} from '#node/ports/voucher-journal';
import type {ProviderChain} from '../provider/provider-chain.ts';

export type WatchtowerChain = Pick<ProviderChain, 'env' | 'state' | 'currentSlot' | 'onChange' | 'submit'> & {
	/** The sequence number of the account's next transaction, those that wait included. */
	nextSequence(account: AccountId): number;
};

export type WatchtowerPorts = {
	readonly chain: WatchtowerChain;
	readonly journal: VoucherJournal;
	readonly crypto: Crypto & SecretCrypto;
	readonly log: Log;
};

export type WatchtowerOptions = {
	/** Of the account that sends settlements and pays their fees: Ed25519, 32 bytes. */
	readonly seed: Uint8Array;
	/** Whose channels it looks after, now. Undefined: nobody's yet. */
	readonly payee: () => AccountId | undefined;
	/** So much is settled without waiting for a channel's end. */
	readonly settleFrom?: bigint;
};

export type VoucherNotTaken =
	| VoucherRefused
	| TxError
	| {readonly code: 'CHANNEL_PAYEE_WRONG'; readonly channelId: Hash32; readonly payee: AccountId};

/** Keeps the newest voucher of each channel and has it paid out in time. */
export type Watchtower = {
	/** Resolves when the voucher is verified and on the disk for good. Throws STORE_…. */
	take(voucher: Voucher): Promise<Result<void, VoucherNotTaken>>;
	newest(channelId: Hash32): Voucher | undefined;
	/** Resolves when what was under way is done; the journal is the caller's to close. */
	stop(): Promise<void>;
};

/** One ADA: a hundred times the fee. */
const SETTLE_FROM = 1_000_000n;

/** What a payee has to know of a channel of the ledger. */
export const payeeChannelOf = (
	channelId: Hash32,
	{payerVk, deposit, closesAt, expiry}: Channel,
): PayeeChannel => ({
	channelId,
	payerVk,
	deposit,
	closing: closesAt !== null,
	expiry,
});

class RunningWatchtower implements Watchtower {
	readonly #ports: WatchtowerPorts;
	readonly #options: WatchtowerOptions;
	readonly #account: AccountId;
	readonly #stopped: AbortController = new AbortController();
	/** Slot until which a settlement of this channel may still come into a block. */
	readonly #underway: Map<string, {readonly cumulative: bigint; readonly until: number}> = new Map();
	/** Since which slot a channel is not in the state. */
	readonly #missing: Map<string, number> = new Map();
	#working: Promise<void> | undefined;
	#again: boolean = false;

	constructor(ports: WatchtowerPorts, options: WatchtowerOptions) {
		this.#ports = ports;
		this.#options = options;
		const {chain, crypto} = ports;
		this.#account = crypto.blake2b224(crypto.ed25519VerificationKey(options.seed));
		chain.onChange(() => this.#wake(), {signal: this.#stopped.signal});
		this.#wake();
	}

	async take(voucher: Voucher): Promise<Result<void, VoucherNotTaken>> {
		const {chain, journal, crypto} = this.#ports;
		const {channelId} = voucher;
		const slot = chain.currentSlot();
		const found = findLiveChannel(chain.state(), channelId, slot);
		if (!found.ok) return found;
		const {payee, paid} = found.value;
		const ours = this.#options.payee();
		if (ours === undefined || !equalBytes(ours, payee))
			return err({code: 'CHANNEL_PAYEE_WRONG', channelId, payee});
		const newest = journal.newest(channelId) ?? null;
		const book = openPayeeBook(payeeChannelOf(channelId, found.value), {price: 0n, settled: paid, newest});
		const taken = payeeVouchers(crypto, book, [voucher], slot);
		if (!taken.ok) return taken;
		await journal.record(voucher);
		this.#wake();
		return ok(undefined);
	}

	newest(channelId: Hash32): Voucher | undefined {
		return this.#ports.journal.newest(channelId);
	}

	async stop(): Promise<void> {
		this.#stopped.abort(new NodeError({code: 'WATCHTOWER_STOPPED'}));
		await this.#working;
	}

	#wake(): void {
		this.#again = true;
		this.#working ??= this.#work().finally(() => {
			this.#working = undefined;
		});
	}

	async #work(): Promise<void> {
		while (this.#again && !this.#stopped.signal.aborted) {
			this.#again = false;
			try {
				for (const voucher of this.#ports.journal.all()) await this.#look(voucher);
			} catch (error) {
				// The next change of the tip tries again. A bug goes on up and stops the node.
				if (!(error instanceof NodeError)) throw error;
				this.#ports.log.error('watchtower could not do its work', error.detail);
			}
		}
	}

	async #look(voucher: Voucher): Promise<void> {
		const {chain} = this.#ports;
		const key = keyOf(voucher.channelId);
		const slot = chain.currentSlot();
		const channel = chain.state().get('channels', key);
		if (channel === undefined) return this.#forgetLater(voucher.channelId, slot);
		this.#missing.delete(key);
		if (!isVoucherDue(channel, voucher, slot, this.#policy())) return;
		const underway = this.#underway.get(key);
		if (underway !== undefined && underway.cumulative >= voucher.cumulative && slot < underway.until) return;
		await this.#settle(voucher, channel, slot);
	}

	/** By the rules of now: governance may change them. */
	#policy(): SettlePolicy {
		const {chain} = this.#ports;
		const rules = rulesAt(chain.env, chain.state());
		return {
			// Two witnesses of room for longer numbers than those of the first transaction.
			fee: rules.parameters.feeBase + 512n,
			settleFrom: this.#options.settleFrom ?? SETTLE_FROM,
			settleSlots: settleSlotsOf(rules),
		};
	}

	/** A rollback may bring a channel back; after the stability window none does. */
	#forgetLater(channelId: Hash32, slot: Slot): void {
		const key = keyOf(channelId);
		const since = this.#missing.get(key);
		if (since === undefined) this.#missing.set(key, slot);
		// 3k/f of the 10k/f slots of an epoch.
		else if (slot - since > (3 * this.#ports.chain.env.genesis.epochLength) / 10) {
			this.#missing.delete(key);
			this.#underway.delete(key);
			this.#ports.journal.forget(channelId);
		}
	}

	async #settle(voucher: Voucher, channel: Channel, slot: Slot): Promise<void> {
		const {chain, crypto, log} = this.#ports;
		const {channelId, cumulative, signature} = voucher;
		// Tried again when a tenth of an epoch, k/f slots, has not brought it into a block.
		const until = Slot(Math.min(channelEnd(channel), slot + Math.ceil(chain.env.genesis.epochLength / 10)));
		const action: ActionOf<'channel-settle'> = {
			kind: 'channel-settle',
			channelId,
			cumulative: Lovelace(cumulative),
			signature,
		};
		const {seed} = this.#options;
		const plain = {
			sender: this.#account,
			sequence: chain.nextSequence(this.#account),
			validFrom: null,
			validUntil: until,
			action,
		};
		const fee = feeOfBody(rulesAt(chain.env, chain.state()).parameters, plain, 1);
		const unsigned = unsignedTransaction(chain.env, {...plain, fee});
		const verificationKey = crypto.ed25519VerificationKey(seed);
		const witness = {verificationKey, signature: crypto.signEd25519(seed, unsigned.id)};
		const submitted = await chain.submit(encodeTransaction(signedTransaction(unsigned, [witness])));
		const about = {channel: toHex(channelId), cumulative: String(cumulative), endsAt: channelEnd(channel)};
		this.#underway.set(keyOf(channelId), {cumulative, until});
		if (submitted.ok)
			log.info('voucher sent to be settled', {...about, worth: String(voucherWorth(channel, voucher))});
		else
			log.error('voucher cannot be settled', {
				...about,
				feePayer: toHex(this.#account),
				failure: submitted.error,
			});
	}
}

/** Looks after channels until it is stopped. */
export const startWatchtower = (ports: WatchtowerPorts, options: WatchtowerOptions): Watchtower =>
	new RunningWatchtower(ports, options);
