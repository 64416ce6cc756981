/** Where every credit is: credits + unclaimed withdrawals = ADA in the bridge. */
import {Lovelace} from '#kernel/lovelace';
import {type LedgerReader, rowsOf, single} from './state/reader.ts';
import {type LedgerState, readerOf} from './state/state.ts';

export type Circulation = {
	readonly accounts: Lovelace;
	readonly payers: Lovelace;
	readonly bonds: Lovelace;
	readonly bounties: Lovelace;
	/** Deposits of payment channels, less what was settled. */
	readonly channels: Lovelace;
	/** Deposits of claims that wait for their answer. */
	readonly claims: Lovelace;
	/** Deposits of clients that wait for an answer to a demand. */
	readonly demands: Lovelace;
	/** Fees of the running epoch. */
	readonly fees: Lovelace;
	/** The treasury's, until the next payout. */
	readonly treasury: Lovelace;
};

const total = (reader: LedgerReader): Circulation => {
	const sum = {accounts: 0n, payers: 0n, bonds: 0n, bounties: 0n, channels: 0n, claims: 0n, demands: 0n};
	for (const [, {balance}] of rowsOf(reader, 'accounts')) sum.accounts += balance;
	for (const [, {funds}] of rowsOf(reader, 'payers')) sum.payers += funds;
	for (const [, {bond}] of rowsOf(reader, 'providers')) sum.bonds += bond;
	for (const [, {bounty}] of rowsOf(reader, 'agreements')) sum.bounties += bounty;
	for (const [, {deposit, paid}] of rowsOf(reader, 'channels')) sum.channels += deposit - paid;
	for (const [, {deposit}] of rowsOf(reader, 'omissions')) sum.claims += deposit;
	for (const [, {deposit}] of rowsOf(reader, 'retrievalDemands')) sum.demands += deposit;
	const {fees, treasury} = single(reader, 'pots');
	return {
		accounts: Lovelace(sum.accounts),
		payers: Lovelace(sum.payers),
		bonds: Lovelace(sum.bonds),
		bounties: Lovelace(sum.bounties),
		channels: Lovelace(sum.channels),
		claims: Lovelace(sum.claims),
		demands: Lovelace(sum.demands),
		fees,
		treasury,
	};
};

/** O(rows). */
export const circulation = (state: LedgerState): Circulation => total(readerOf(state));

export const creditsInCirculation = (state: LedgerState): Lovelace =>
	Lovelace(Object.values(circulation(state)).reduce((sum: bigint, part) => sum + part, 0n));

/** All credits ever burnt for claims on Cardano; what was claimed there is not seen here. */
export const withdrawnTotal = (state: LedgerState): Lovelace => single(readerOf(state), 'pots').withdrawn;

/** All deposits that Cardano reported; genesis credits are not among them. */
export const depositedTotal = (state: LedgerState): Lovelace => single(readerOf(state), 'pots').deposited;
