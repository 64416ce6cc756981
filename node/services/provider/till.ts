import type {Crypto} from '#crypto/crypto';
import {type ChannelUse, channelUseMessage} from '#crypto/vouchers/channel-use';
import {
	openPayeeBook,
	type PayeeBook,
	payeeAllowance,
	payeeChannel,
	payeeOwed,
	payeePrice,
	payeeServed,
} from '#crypto/vouchers/payee-book';
import {decodeVoucher, encodeVoucher} from '#crypto/vouchers/voucher';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {findLiveChannel} from '#ledger/channels/channel';
import {settleSlotsOf} from '#ledger/channels/voucher-due';
import {rulesAt} from '#ledger/governance/rules-at';
import {keyOf} from '#ledger/state/keys';
import {payeeChannelOf, type Watchtower} from '../watchtower/watchtower.ts';
import type {ProviderChain} from './provider-chain.ts';

export type TillPorts = {
	readonly chain: Pick<ProviderChain, 'env' | 'state' | 'currentSlot'>;
	readonly watchtower: Pick<Watchtower, 'take' | 'newest'>;
	readonly crypto: Pick<Crypto, 'verifyEd25519' | 'blake2b256'>;
};

export type TillOptions = {
	/** Lovelace per GiB; 0: downloads are free. */
	readonly price: bigint;
	/** This provider's transport key. */
	readonly serverVk: Uint8Array;
	/** Whom channels have to pay. */
	readonly payee: () => AccountId | undefined;
};

type Opened = {
	readonly price: Lovelace;
	readonly paid: Lovelace;
	readonly owed: Lovelace;
	readonly allowance: number;
	readonly newest: Uint8Array;
};

/** Books that are kept; the oldest goes first. Whoever comes back then is a stranger again, with a first step. */
const BOOKS_MAX = 4096;

const remember = <V>(map: Map<string, V>, key: string, value: V): void => {
	map.delete(key);
	map.set(key, value);
	if (map.size > BOOKS_MAX) for (const oldest of map.keys()) return void map.delete(oldest);
};

/** Which peer pays on which channel, and what each channel has still to pay. Books outlive connections. */
export class Till {
	readonly #ports: TillPorts;
	readonly #options: TillOptions;
	readonly #books: Map<string, PayeeBook> = new Map();
	readonly #channelOfPeer: Map<string, Hash32> = new Map();

	constructor(ports: TillPorts, options: TillOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** From now on what this peer downloads is paid on the channel. */
	open(
		peer: Uint8Array,
		{channelId, signature}: {readonly channelId: Hash32; readonly signature: Uint8Array},
	): Result<Opened, Failure> {
		const {chain, crypto} = this.#ports;
		const {serverVk, payee} = this.#options;
		const found = findLiveChannel(chain.state(), channelId, chain.currentSlot());
		if (!found.ok) return found;
		const ours = payee();
		if (ours === undefined || !equalBytes(ours, found.value.payee))
			return err({code: 'CHANNEL_PAYEE_WRONG', channelId, payee: found.value.payee});
		const use: ChannelUse = {genesisHash: chain.env.genesisHash, channelId, downloaderVk: peer, serverVk};
		if (!crypto.verifyEd25519(signature, channelUseMessage(crypto, use), found.value.payerVk))
			return err({code: 'CHANNEL_USE_NOT_SIGNED', channelId});
		const book = this.#bookOf(channelId);
		if (book === undefined) return err({code: 'CHANNEL_UNKNOWN', channelId});
		remember(this.#channelOfPeer, toHex(peer), channelId);
		return ok({
			price: Lovelace(book.price),
			paid: Lovelace(book.paid),
			owed: Lovelace(payeeOwed(book)),
			allowance: this.#allowance(book),
			newest: book.newest === null ? new Uint8Array(0) : encodeVoucher(book.newest),
		});
	}

	/** Resolves when the voucher is on the disk. Throws STORE_…. */
	async pay(
		bytes: Uint8Array,
	): Promise<Result<{readonly paid: Lovelace; readonly allowance: number}, Failure>> {
		const voucher = decodeVoucher(bytes);
		if (!voucher.ok) return voucher;
		const {channelId} = voucher.value;
		const taken = await this.#ports.watchtower.take(voucher.value);
		if (!taken.ok) return taken;
		const book = this.#bookOf(channelId);
		if (book === undefined) return err({code: 'CHANNEL_UNKNOWN', channelId});
		return ok({paid: Lovelace(book.paid), allowance: this.#allowance(book)});
	}

	/** Asked before bytes go out; they count as sent. */
	charge(peer: Uint8Array, bytes: number): Result<void, Failure> {
		const {price} = this.#options;
		if (price === 0n) return ok(undefined);
		const channelId = this.#channelOfPeer.get(toHex(peer));
		const book = channelId && this.#bookOf(channelId);
		if (channelId === undefined || book === undefined)
			return err({code: 'PAYMENT_NEEDED', price, allowance: 0, bytes});
		const allowance = this.#allowance(book);
		if (bytes > allowance) return err({code: 'PAYMENT_NEEDED', price, allowance, bytes});
		remember(this.#books, keyOf(channelId), payeeServed(book, bytes));
		return ok(undefined);
	}

	#allowance(book: PayeeBook): number {
		const {chain} = this.#ports;
		const settleTime = settleSlotsOf(rulesAt(chain.env, chain.state()));
		return payeeAllowance(book, {now: chain.currentSlot(), settleTime});
	}

	/** As the chain and the watchtower have it now. */
	#bookOf(channelId: Hash32): PayeeBook | undefined {
		const {chain, watchtower} = this.#ports;
		const key = keyOf(channelId);
		const row = chain.state().get('channels', key);
		if (row === undefined) return undefined;
		const channel = payeeChannelOf(channelId, row);
		const newest = watchtower.newest(channelId) ?? null;
		const {price} = this.#options;
		const known = this.#books.get(key);
		if (known === undefined) {
			const book = openPayeeBook(channel, {price, settled: row.paid, newest});
			remember(this.#books, key, book);
			return book;
		}
		const paid = newest !== null && newest.cumulative > known.paid ? newest.cumulative : known.paid;
		return payeePrice(payeeChannel({...known, paid, newest: newest ?? known.newest}, channel), price);
	}
}
