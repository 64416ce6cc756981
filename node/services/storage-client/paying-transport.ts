/**
 * A transport that pays for what it downloads where it is asked to. Reads of pieces are cut into what the provider still
 * serves, and vouchers go out in between; whoever uses the transport sees whole answers. Only bytes that were asked for
 * are paid, so that a provider that takes the money and stops gains one step at most.
 */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {channelUseMessage} from '#crypto/vouchers/channel-use';
import {
	openPayerBook,
	type PayerBook,
	type PayerChannel,
	payerDue,
	payerReceived,
	payerSigned,
} from '#crypto/vouchers/payer-book';
import {decodeVoucher, encodeVoucher, signVoucher} from '#crypto/vouchers/voucher';
import {bytesFor, costOf, STEP_BYTES_MAX} from '#crypto/vouchers/voucher-step';
import {toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {
	decodeReply,
	decodeRequest,
	encodeRequest,
	type PeerReply,
	type PeerRequest,
} from '#transport/protocols/messages';
import type {OutgoingMessage, RequestOptions, Response, Session, Transport} from '#transport/transport';
import {Mutex} from '../mutex.ts';

/** A channel to a provider, and what it has paid out already. */
export type OpenChannel = PayerChannel & {readonly settled: bigint};

export type PayingPorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly genesisHash: GenesisHash;
	/** An open channel to whoever serves under this key, if there is one. */
	channelTo(serverVk: Uint8Array): Promise<OpenChannel | undefined>;
};

export type PayingOptions = {
	/** Signs vouchers: Ed25519, 32 bytes. */
	readonly payerSeed: Uint8Array;
	/** Lovelace per GiB. */
	readonly priceMax: bigint;
};

/** What one provider is owed and still serves. */
type Tab = {book: PayerBook; allowance: number};

type Get = Extract<PeerRequest, {readonly kind: 'get'}>;

const replyOf = (response: Response, asked: string): PeerReply => {
	const reply = decodeReply(response.head);
	if (reply.ok) return reply.value;
	throw new NodeError({code: 'PROVIDER_ANSWER_WRONG', asked, cbor: reply.error.code});
};

const wantsPayment = (reply: PeerReply): boolean =>
	reply.kind === 'refused' && reply.reason === 'PAYMENT_NEEDED';

/** The accounts of one payer with all providers; they outlive sessions. */
class Purse {
	readonly #ports: PayingPorts;
	readonly #options: PayingOptions;
	readonly #downloaderVk: Uint8Array;
	readonly #tabs: Map<string, Tab> = new Map();

	constructor(ports: PayingPorts, options: PayingOptions, downloaderVk: Uint8Array) {
		this.#ports = ports;
		this.#options = options;
		this.#downloaderVk = downloaderVk;
	}

	tab({peer}: Session): Tab | undefined {
		return this.#tabs.get(toHex(peer));
	}

	/** Names the channel to the provider, and learns what it wants. Undefined: there is no channel to it. */
	async open(session: Session): Promise<Tab | undefined> {
		const {crypto, genesisHash, channelTo} = this.#ports;
		const {payerSeed, priceMax} = this.#options;
		const channel = await channelTo(session.peer);
		if (channel === undefined) return undefined;
		const {channelId} = channel;
		const use = {genesisHash, channelId, downloaderVk: this.#downloaderVk, serverVk: session.peer};
		const signature = crypto.signEd25519(payerSeed, channelUseMessage(crypto, use));
		const reply = replyOf(
			await session.request({head: encodeRequest({kind: 'channel', channelId, signature})}),
			'channel',
		);
		if (reply.kind !== 'till') return undefined;
		const {price, owed, allowance} = reply;
		if (price > priceMax)
			throw new NodeError({
				code: 'PAYMENT_PRICE_TOO_HIGH',
				message: `The provider wants ${price} lovelace per GiB; at most ${priceMax} may be paid.`,
				price,
				priceMax,
			});
		const before = this.tab(session);
		const newest = decodeVoucher(reply.newest);
		const remembered = before?.book.signed ?? 0n;
		const book = openPayerBook(crypto, channel, {
			price,
			signed: remembered > channel.settled ? remembered : channel.settled,
			shown: newest.ok ? newest.value : null,
		});
		// A payer that forgot believes a debt of one step: that is what an honest provider can be owed.
		const debt = owed - book.base;
		const isBelieved = before === undefined && debt > 0n && debt <= costOf(STEP_BYTES_MAX, price);
		const tab: Tab = {book: isBelieved ? payerReceived(book, bytesFor(debt, price)) : book, allowance};
		this.#tabs.set(toHex(session.peer), tab);
		return tab;
	}

	/** Sends what is due; `final`: all of it. */
	async pay(session: Session, tab: Tab, final: boolean): Promise<void> {
		const due = payerDue(tab.book, {final});
		if (due === undefined) return;
		const {crypto} = this.#ports;
		const {channelId} = tab.book.channel;
		const voucher = signVoucher(crypto, this.#options.payerSeed, {channelId, cumulative: due});
		tab.book = payerSigned(tab.book, due);
		const message = {head: encodeRequest({kind: 'pay', voucher: encodeVoucher(voucher)})};
		const reply = replyOf(await session.request(message), 'pay');
		tab.allowance = reply.kind === 'paid' ? reply.allowance : 0;
	}
}

class PayingSession implements Session {
	readonly #session: Session;
	readonly #purse: Purse;
	/** Reads that are paid come one after the other: each knows what the one before left. */
	readonly #turns: Mutex = new Mutex();

	constructor(session: Session, purse: Purse) {
		this.#session = session;
		this.#purse = purse;
	}

	get peer(): Uint8Array {
		return this.#session.peer;
	}

	get closed(): boolean {
		return this.#session.closed;
	}

	get pending(): number {
		return this.#session.pending;
	}

	close(): void {
		this.#session.close();
	}

	async request(message: OutgoingMessage, options: RequestOptions = {}): Promise<Response> {
		const request = decodeRequest(message.head);
		if (!request.ok || request.value.kind !== 'get' || request.value.length === 0)
			return this.#session.request(message, options);
		const get = request.value;
		if (this.#purse.tab(this.#session) === undefined) {
			// Most downloads are free: nobody is asked for a price before it says so.
			const response = await this.#session.request(message, options);
			if (!wantsPayment(replyOf(response, 'get'))) return response;
		}
		return this.#turns.run(() => this.#paid(get, options));
	}

	async #paid(get: Get, options: RequestOptions): Promise<Response> {
		const tab = this.#purse.tab(this.#session) ?? (await this.#purse.open(this.#session));
		if (tab === undefined) return this.#session.request({head: encodeRequest(get)}, options);
		const into = options.into ?? new Uint8Array(get.length);
		let response: Response | undefined;
		let isNew = false;
		for (let done = 0; done < get.length; ) {
			options.signal?.throwIfAborted();
			if (tab.allowance === 0) await this.#purse.pay(this.#session, tab, true);
			const length = Math.min(get.length - done, Math.max(1, tab.allowance));
			const part = {...get, offset: get.offset + done, length};
			response = await this.#part(tab, part, {...options, into: into.subarray(done, done + length)});
			const reply = replyOf(response, 'get');
			// The provider counts otherwise: look at its books once.
			if (wantsPayment(reply) && !isNew && (await this.#reopen(tab))) {
				isNew = true;
				continue;
			}
			if (reply.kind !== 'piece') return response;
			done += length;
			await this.#purse.pay(this.#session, tab, done === get.length);
		}
		return {head: response?.head ?? new Uint8Array(0), body: into.subarray(0, get.length)};
	}

	async #reopen(tab: Tab): Promise<boolean> {
		await this.#purse.pay(this.#session, tab, true);
		const again = await this.#purse.open(this.#session);
		if (again !== undefined) Object.assign(tab, again);
		return again !== undefined;
	}

	/** Counts as received when it is asked for: the provider counts so too, even when nobody waits for the answer any more. */
	async #part(tab: Tab, part: Get, options: RequestOptions): Promise<Response> {
		const before = {...tab};
		tab.book = payerReceived(tab.book, part.length);
		tab.allowance -= part.length;
		const response = await this.#session.request(
			{head: encodeRequest(part)},
			{...options, bodyBytesMax: part.length},
		);
		if (replyOf(response, 'get').kind !== 'piece') Object.assign(tab, before);
		else if (response.body.length !== part.length)
			throw new NodeError({code: 'PROVIDER_ANSWER_WRONG', asked: 'get', length: response.body.length});
		return response;
	}
}

/** `transport` with a purse: what costs nothing goes through as it is. */
export const payingTransport = (
	transport: Transport,
	ports: PayingPorts,
	options: PayingOptions,
): Transport => {
	const purse = new Purse(ports, options, transport.key);
	return {
		key: transport.key,
		listen: (endpoint, handler) => transport.listen(endpoint, handler),
		connect: async (address, call) => new PayingSession(await transport.connect(address, call), purse),
	};
};
