import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {bytesField, bytesListField, countField, type DatumRecord, datumRecord, u64Field} from './record.ts';

/** What a claim UTxO is for. It never changes. */
export const CLAIM_STATUS = {
	/** A storage provider: its withdrawals, its key on the side-chain, its collateral on Cardano. */
	provider: 0,
	/** Any other account's withdrawals. */
	account: 1,
	/** The treasury's share of the fees: nobody owns it, anybody may claim it for the treasury. */
	treasury: 2,
	/** A provider's storage subsidies, paid by the treasury. Separate, because `claimed` counts one kind of payment. */
	subsidy: 3,
} as const;
export type ClaimStatus = (typeof CLAIM_STATUS)[keyof typeof CLAIM_STATUS];

/** The claim UTxO: who may claim, and how much was claimed so far. */
export type ClaimDatum = {
	/** Hash of the owner's payment key, or of the native script of several keys; empty for the treasury. */
	readonly ownerPkh: Uint8Array;
	/** The operator's Ed25519 key on the side-chain; for the treasury's claim the bridge's script hash. */
	readonly operatorVk: Uint8Array;
	/** Cumulative lovelace paid. */
	readonly claimed: Lovelace;
	/** Lovelace of the UTxO that is bond. */
	readonly collateral: Lovelace;
	readonly status: number;
	/** POSIX milliseconds; 0 while nobody has announced an exit. */
	readonly exitAfter: bigint;
};

export const claimDatum: DatumRecord<ClaimDatum> = datumRecord('ClaimDatum', 0, {
	ownerPkh: bytesField(0, 28),
	operatorVk: bytesField(28, 32),
	claimed: u64Field<Lovelace>(),
	collateral: u64Field<Lovelace>(),
	status: countField(3),
	exitAfter: u64Field(),
});

/** Opens a claim named after this output, which the transaction spends. */
export type OpenRedeemer = {
	readonly txId: Hash32;
	readonly index: number;
};

export const openRedeemer: DatumRecord<OpenRedeemer> = datumRecord('Open', 0, {
	txId: bytesField<Hash32>(32),
	index: countField(0xff_ff),
});

/** Asks the bridge or the treasury for what a payout leaf says, less what was claimed. */
export type PayoutRedeemer = {
	readonly claimId: Hash32;
	/** Cumulative lovelace of the leaf. */
	readonly cumulative: Lovelace;
	/** Position of the leaf in the payout tree. */
	readonly index: number;
	/** Sibling hashes from the bottom up. */
	readonly proof: readonly Uint8Array[];
};

export const payoutRedeemer: DatumRecord<PayoutRedeemer> = datumRecord('Payout', 0, {
	claimId: bytesField<Hash32>(32),
	cumulative: u64Field<Lovelace>(),
	index: countField(),
	proof: bytesListField(40),
});
