import type {AccountId} from '#kernel/hash';
import {bytesField, countField, type DatumRecord, datumRecord, u64Field} from './record.ts';

/** ADA in the bridge that buys credits for a side-chain account. */
export type DepositDatum = {readonly account: AccountId};

export const depositDatum: DatumRecord<DepositDatum> = datumRecord('Deposit', 0, {
	account: bytesField<AccountId>(28),
});

/** ADA in the bridge or the treasury that is nobody's deposit: the backing of genesis credits, and change. */
export type Reserve = Record<string, never>;

export const reserveDatum: DatumRecord<Reserve> = datumRecord('Reserve', 1, {});

export const TREASURY_SOURCE = {xmr: 0, storj: 1, fees: 2, gift: 3} as const;
export type TreasurySource = keyof typeof TREASURY_SOURCE;

/** Where money in the treasury came from. */
export type Provenance = {
	readonly source: number;
	/** In the source's smallest unit (lovelace for fees and gifts). */
	readonly amount: bigint;
	/** Lovelace for 1,000,000 smallest units of the source. */
	readonly rate: bigint;
	/** What proves it elsewhere: a transaction id of the source, or the checkpoint's block hash for fees. */
	readonly reference: Uint8Array;
};

export const provenanceDatum: DatumRecord<Provenance> = datumRecord('Provenance', 0, {
	source: countField(3),
	amount: u64Field(),
	rate: u64Field(),
	reference: bytesField(0, 64),
});

/** The rate of lovelace in lovelace. */
export const RATE_ONE = 1_000_000n;

/** Asks a treasury that governance has replaced to let its money go to the one that pays now. */
export const moveRedeemer: DatumRecord<Record<string, never>> = datumRecord('MoveMoney', 2, {});

/** Asks a governed treasury to pay what the proposal says that governance executes beside it. */
export const grantRedeemer: DatumRecord<Record<string, never>> = datumRecord('PayGrant', 1, {});
