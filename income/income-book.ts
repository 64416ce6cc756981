/** The operator's book: what was earned, what of it was sold for what, what was given to the treasury. */

import type {EarningSource} from './earning.ts';
import {type Earning, earningKey} from './earning.ts';

export type BookEarning = Earning & {
	/** Smallest units that no recorded sale has used up; 0 while the amount is unknown. */
	readonly unsold: bigint;
};

/** Money on its way from an earning to ADA, in some currency. */
export type Lot = {
	readonly asset: string;
	/** In 10^-12 of the asset. */
	readonly parts: bigint;
	readonly source: EarningSource;
	/** Of the source's smallest units that were sold for it. */
	readonly units: bigint;
	/** The trades and earnings that it comes from. */
	readonly trail: readonly string[];
};

/**
 * A deposit that a sale has led to. `drafted`: a transaction for it was written to be signed elsewhere. `submitting`: it
 * was about to be handed to Cardano. Of both, whether it arrived must be looked up by its reference before anything
 * else is done.
 */
export type BookDeposit = {
	readonly source: EarningSource;
	/** Smallest units of the source that were sold. */
	readonly units: bigint;
	readonly lovelace: bigint;
	/** Lovelace for 10^6 smallest units. */
	readonly rate: bigint;
	/** blake2b-256 of the statement, in hexadecimal. */
	readonly reference: string;
	/** What the reference stands for, line by line: whoever is shown it can check the hash. */
	readonly statement: string;
	readonly status: 'planned' | 'drafted' | 'submitting' | 'made';
	readonly txId?: string;
};

export type IncomeBook = {
	readonly earnings: readonly BookEarning[];
	readonly lots: readonly Lot[];
	/** Trades that have been taken in; each counts once. */
	readonly tradeIds: readonly string[];
	readonly deposits: readonly BookDeposit[];
};

export const emptyBook: IncomeBook = {earnings: [], lots: [], tradeIds: [], deposits: []};

const byTime = (a: BookEarning, b: BookEarning): number =>
	a.timeMs - b.timeMs || (earningKey(a) < earningKey(b) ? -1 : 1);

/** Adds what is not in the book yet. What is there stays as it is: a wallet that is read twice earns nothing twice. */
export const addEarnings = (
	book: IncomeBook,
	found: readonly Earning[],
): {readonly book: IncomeBook; readonly added: readonly Earning[]} => {
	const known = new Set(book.earnings.map(earningKey));
	const added: Earning[] = [];
	for (const earning of found) {
		const key = earningKey(earning);
		if (known.has(key)) continue;
		known.add(key);
		added.push(earning);
	}
	const earnings = [...book.earnings, ...added.map(earning => ({...earning, unsold: earning.amount ?? 0n}))];
	return {book: {...book, earnings: earnings.sort(byTime)}, added};
};

/** Says how many tokens an earning was whose payer told only dollars. undefined when none waits for that. */
export const nameAmount = (
	book: IncomeBook,
	{source, reference, amount}: {source: EarningSource; reference: string; amount: bigint},
): IncomeBook | undefined => {
	const isMeant = (earning: BookEarning): boolean =>
		earning.source === source && earning.reference === reference && earning.amount === undefined;
	if (!book.earnings.some(isMeant)) return undefined;
	return {
		...book,
		earnings: book.earnings.map(earning =>
			isMeant(earning) ? {...earning, amount, unsold: amount} : earning,
		),
	};
};
