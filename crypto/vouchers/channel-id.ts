/**
 * The name of a payment channel. It covers where the channel settles, so that a voucher is worth something in one
 * place only:
 *
 *     blake2b256("dcloud/channel/v1" | domain | payerVk 32 | payee 28 | lane u32be | expiry u64be | nonce)
 *
 *     settles on    domain                                  expiry                     nonce
 *     side-chain    genesisHash 32                          slot                       sequence u64be
 *     Cardano       network id u8 | script hash 28          milliseconds since 1970    seed txid 32 | index u16be
 *
 * All widths are fixed; preimages are 129 bytes on the side-chain and 152 on Cardano, so that no preimage of one is
 * one of the other. The payee is blake2b-224 of its key in both: an account id or a payment key hash. The
 * nonce never comes again (a sequence number is used once, an output is spent once), so neither does an id: vouchers
 * of a closed channel are worth nothing for ever.
 */
import {assert} from '#kernel/assert';
import {concat, u32be, u64be} from '#kernel/bytes';
import type {GenesisHash, Hash28, Hash32, TxId} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import type {Hasher} from '../crypto.ts';

export type ChannelDomain =
	| {
			readonly kind: 'side-chain';
			readonly genesisHash: GenesisHash;
			/** Of the transaction that opened the channel, as its sender counts. */
			readonly sequence: number;
	  }
	| {
			readonly kind: 'cardano';
			/** 0 on test networks, 1 on mainnet. */
			readonly networkId: number;
			readonly scriptHash: Hash28;
			/** An output that the opening transaction spends; index below 2^16. */
			readonly seed: {readonly txId: TxId | Hash32; readonly index: number};
	  };

export type ChannelTerms = {
	/** Ed25519 key that signs vouchers, 32 bytes. */
	readonly payerVk: Uint8Array;
	/** blake2b-224 of the payee's key. */
	readonly payee: Hash28;
	/** Tells channels apart that pay several streams between the same two at the same time; below 2^32. */
	readonly lane: number;
	/** The first moment at which the rest may go back to the payer: a slot, or milliseconds since 1970 on Cardano. */
	readonly expiry: number;
};

const NAME = encodeUtf8('dcloud/channel/v1');

const u16be = (value: number): Uint8Array => {
	assert(Number.isInteger(value) && value >= 0 && value < 2 ** 16, 'an output index has 16 bits');
	return Uint8Array.of(value >> 8, value & 0xff);
};

const domainBytes = (domain: ChannelDomain): Uint8Array => {
	if (domain.kind === 'side-chain') return domain.genesisHash;
	assert(domain.networkId === 0 || domain.networkId === 1, 'a Cardano network id is 0 or 1');
	return concat(Uint8Array.of(domain.networkId), domain.scriptHash);
};

const nonceBytes = (domain: ChannelDomain): Uint8Array =>
	domain.kind === 'side-chain' ? u64be(domain.sequence) : concat(domain.seed.txId, u16be(domain.seed.index));

export const channelIdOf = (
	hasher: Pick<Hasher, 'blake2b256'>,
	domain: ChannelDomain,
	{payerVk, payee, lane, expiry}: ChannelTerms,
): Hash32 => {
	assert(payerVk.length === 32 && payee.length === 28, 'a channel names a key and a key hash');
	return hasher.blake2b256(
		NAME,
		domainBytes(domain),
		payerVk,
		payee,
		u32be(lane),
		u64be(expiry),
		nonceBytes(domain),
	);
};
