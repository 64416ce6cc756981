import {bytes, type Codec, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import type {AccountId, PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';

/** What an Ed25519 key holds. The account's id is the hash of the key. */
export type Account = {
	readonly balance: Lovelace;
	/** The sequence number that its next transaction must have. */
	readonly sequence: number;
	/** The pool that its balance counts for. */
	readonly pool: PoolId | null;
};

export const EMPTY_ACCOUNT: Account = {balance: Lovelace(0n), sequence: 0, pool: null};

export const accountId: Codec<AccountId> = bytes<AccountId>(28);

export const accountCodec: Codec<Account> = record({
	balance: lovelace,
	sequence: uint(),
	pool: nullable(bytes<PoolId>(28)),
});
