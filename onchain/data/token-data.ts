import type {Hash28, Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {bytesField, bytesListField, countField, type DatumRecord, datumRecord, u64Field} from './record.ts';

/** The asset name of the governance token, under the token script as its policy. */
export const TOKEN_NAME: Uint8Array = encodeUtf8('DCG');
/** All there will ever be, in millionths of a token: minted once, never burnt. */
export const TOKEN_SUPPLY = 100_000_000_000_000n;

/** What is in the pot: the treasury's tokens, and those that were allocated and not claimed yet. */
export type PotDatum = {
	/** Over the allocations; the leaf of a claimed one is 32 zero bytes, and so is the root once claims have ended. */
	readonly allocationRoot: Hash32;
	/** Millionths of a token that are still kept for allocations. */
	readonly unclaimed: bigint;
	/** The script whose passed proposals pay the treasury's tokens. Never changes. */
	readonly governance: Hash28;
};

export const potDatum: DatumRecord<PotDatum> = datumRecord('TokenPot', 0, {
	allocationRoot: bytesField<Hash32>(32),
	unclaimed: u64Field(),
	governance: bytesField<Hash28>(28),
});

/** Takes what the allocation list says for a key, once. */
export type TokenClaimRedeemer = {
	readonly keyHash: Hash28;
	readonly amount: bigint;
	/** Position of the leaf. */
	readonly index: number;
	/** Sibling hashes from the bottom up, as they stand now. */
	readonly proof: readonly Uint8Array[];
};

export const tokenClaimRedeemer: DatumRecord<TokenClaimRedeemer> = datumRecord('TokenClaim', 0, {
	keyHash: bytesField<Hash28>(28),
	amount: u64Field(),
	index: countField(),
	proof: bytesListField(40),
});

/** Pays tokens of the treasury, as the proposal says that governance executes beside it. */
export const tokenGrantRedeemer: DatumRecord<Record<string, never>> = datumRecord('TokenGrant', 1, {});

/** Ends claims once their time is over: what is left is the treasury's. */
export const tokenSweepRedeemer: DatumRecord<Record<string, never>> = datumRecord('TokenSweep', 2, {});
