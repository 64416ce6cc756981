import {bytes, type Codec, lovelace, nullable, record} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';

/** What the treasury on Cardano owes a provider for storage. Its key is the provider's id. */
export type Subsidy = {
	/** The claim on Cardano (of status 3) that it is paid to; null: none named yet, what is earned waits. */
	readonly claimId: Hash32 | null;
	/** Protocol fees that its agreements paid since the period began. */
	readonly fees: Lovelace;
	/** All that it ever earned: what its payout leaf says. */
	readonly cumulative: Lovelace;
};

export const NO_SUBSIDY: Subsidy = {claimId: null, fees: Lovelace(0n), cumulative: Lovelace(0n)};

export const subsidyCodec: Codec<Subsidy> = record({
	claimId: nullable(bytes<Hash32>(32)),
	fees: lovelace,
	cumulative: lovelace,
});
