import {type ChannelDomain, channelIdOf} from '#crypto/vouchers/channel-id';
import {bytes, type Codec, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {accountId} from '../accounts.ts';
import type {LedgerEnv} from '../environment.ts';
import {LANE_MAX} from '../limits.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';

/** Credits that a payer put aside for one payee, to be paid out by voucher. */
export type Channel = {
	/** Who opened it and gets the rest. */
	readonly funder: AccountId;
	/** Signs vouchers; 32 bytes. */
	readonly payerVk: Uint8Array;
	readonly payee: AccountId;
	readonly lane: number;
	/** The first slot in which vouchers are worth nothing any more. */
	readonly expiry: Slot;
	/** All that was put in. */
	readonly deposit: Lovelace;
	/** All that the payee got; never more than the deposit. */
	readonly paid: Lovelace;
	/** The funder closed it: the end of its dispute window. */
	readonly closesAt: Slot | null;
};

export const channelCodec: Codec<Channel> = record({
	funder: accountId,
	payerVk: bytes(32),
	payee: accountId,
	lane: uint(LANE_MAX),
	expiry: uint<Slot>(),
	deposit: lovelace,
	paid: lovelace,
	closesAt: nullable(uint<Slot>()),
});

/** The first slot in which nobody can settle and the rest may go back. */
export const channelEnd = ({closesAt, expiry}: Pick<Channel, 'closesAt' | 'expiry'>): Slot =>
	closesAt ?? expiry;

/** What is still in it. */
export const channelRest = ({deposit, paid}: Pick<Channel, 'deposit' | 'paid'>): Lovelace =>
	Lovelace(deposit - paid);

/** The name of a channel that a transaction with this sequence number opens. */
export const ledgerChannelId = (
	{
		crypto,
		genesisHash,
	}: Pick<LedgerEnv, 'genesisHash'> & {readonly crypto: Pick<LedgerEnv['crypto'], 'blake2b256'>},
	sequence: number,
	terms: Pick<Channel, 'payerVk' | 'payee' | 'lane' | 'expiry'>,
): Hash32 => {
	const domain: ChannelDomain = {kind: 'side-chain', genesisHash, sequence};
	return channelIdOf(crypto, domain, terms);
};

export const findChannel = (reader: LedgerReader, channelId: Hash32): Result<Channel, TxError> => {
	const found = reader.get('channels', keyOf(channelId));
	return found === undefined ? err({code: 'CHANNEL_UNKNOWN', channelId}) : ok(found);
};

/** A channel whose time is not over. */
export const findLiveChannel = (
	reader: LedgerReader,
	channelId: Hash32,
	slot: Slot,
): Result<Channel, TxError> => {
	const found = findChannel(reader, channelId);
	if (!found.ok) return found;
	const {closesAt, expiry} = found.value;
	if (slot >= expiry) return err({code: 'CHANNEL_EXPIRED', channelId, expiry});
	return closesAt !== null && slot >= closesAt ? err({code: 'CHANNEL_CLOSING', channelId, closesAt}) : found;
};
