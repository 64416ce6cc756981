/**
 * The numbers of the ledger's rules, each once: what it is called in a change, its unit, what it may be, what it does. What a chain
 * begins with stands in `genesis/profiles.ts`. A new parameter, or another bound, is a new protocol version: nodes that disagree on
 * whether a change is good would part.
 */
import type {LedgerParameters} from '../genesis/parameters.ts';
import {CREDITS_MAX, SETTLE_EPOCHS_MAX} from '../limits.ts';
import {amounts, type Bounds, counts, lists, ratiosTo} from './bounds.ts';

export type ParameterEntry<T> = {
	/** Its name in the encoding of a change, for ever. */
	readonly number: number;
	readonly unit: string;
	readonly bounds: Bounds<T>;
	readonly meaning: string;
};

type Registry = {readonly [Name in keyof LedgerParameters]: ParameterEntry<LedgerParameters[Name]>};

const LOVELACE = 'lovelace';
const EPOCHS = 'epochs';
const PART = 'part of 1';

export const parameterRegistry: Registry = {
	feeBase: {
		number: 0,
		unit: LOVELACE,
		bounds: amounts(0n, 10_000_000n),
		meaning:
			'A transaction costs this and one lovelace a byte; deposits of claims and demands are multiples of it.',
	},
	storageFee: {
		number: 1,
		unit: PART,
		bounds: ratiosTo(1n),
		meaning: 'What of every settlement for storage joins the fees, at the value of when it is made.',
	},
	poolShare: {
		number: 2,
		unit: PART,
		bounds: ratiosTo(1n),
		meaning: 'What of an epoch’s fees goes to pools; the rest goes to the treasury.',
	},
	rateMin: {
		number: 3,
		unit: 'lovelace per GiB and epoch',
		bounds: amounts(0n, 1_000_000_000n),
		meaning: 'The least rate of an agreement that is opened or renewed.',
	},
	bondMin: {
		number: 4,
		unit: LOVELACE,
		bounds: amounts(0n, 100_000_000_000n),
		meaning: 'The least bond that a provider registers with.',
	},
	lockEpochs: {
		number: 5,
		unit: EPOCHS,
		bounds: counts(1, 1024),
		meaning: 'How long a payer’s funds must last, a leaving provider’s bond stays, and roots are remembered.',
	},
	collateralEpochs: {
		number: 6,
		unit: 'epochs of revenue',
		bounds: counts(1, 1024),
		meaning: 'What an agreement locks of its provider’s bond, and what fraud costs.',
	},
	missWindowEpochs: {
		number: 7,
		unit: EPOCHS,
		bounds: counts(1, 1024),
		meaning: 'How long a miss counts.',
	},
	missPenaltyEpochs: {
		number: 8,
		unit: 'epochs of revenue',
		bounds: lists(counts(0, 1024), 16),
		meaning: 'What the first, second, … miss costs; the last one stands for all after it.',
	},
	missesToVacate: {
		number: 9,
		unit: 'misses',
		bounds: counts(1, 1024),
		meaning: 'The miss that takes a provider’s agreements from it.',
	},
	closeWindowEpochs: {
		number: 10,
		unit: EPOCHS,
		bounds: ratiosTo(1024n),
		meaning: 'How long an agreement goes on after one side closed it.',
	},
	disputeWindowEpochs: {
		number: 11,
		unit: EPOCHS,
		bounds: counts(1, 1024),
		meaning: 'How long a claim may be answered, and a closed channel be settled.',
	},
	vettingEpochs: {
		number: 12,
		unit: EPOCHS,
		bounds: counts(0, 1024),
		meaning: 'How long a new provider proves before clients give it more than the share of new ones.',
	},
	unvettedShare: {
		number: 13,
		unit: PART,
		bounds: ratiosTo(1n),
		meaning: 'What of a segment’s pieces clients give to providers that are not vetted yet.',
	},
	subsidyPerPeriod: {
		number: 14,
		unit: LOVELACE,
		bounds: amounts(0n, CREDITS_MAX),
		meaning: 'What the treasury on Cardano owes providers for a period’s storage, at most.',
	},
	settleEpochs: {
		number: 15,
		unit: EPOCHS,
		bounds: counts(0, SETTLE_EPOCHS_MAX),
		meaning:
			'How long what an agreement earned may wait to be paid; then the ledger pays it. 0: every epoch at once.',
	},
	cardanoStakeWeight: {
		number: 16,
		unit: PART,
		bounds: ratiosTo(1n),
		meaning:
			'What a lovelace staked on Cardano with a bound pool weighs beside one here; in all less than half of the stake here.',
	},
};

export type ParameterName = keyof LedgerParameters;

/** In the order of their numbers. */
export const parameterNames: readonly ParameterName[] = Object.keys(parameterRegistry) as ParameterName[];

export type ParameterOutOfBounds = {readonly parameter: ParameterName; readonly problem: string};

const problemOf = <Name extends ParameterName>(
	name: Name,
	value: LedgerParameters[Name] | undefined,
): ParameterOutOfBounds | undefined => {
	const problem = value === undefined ? undefined : parameterRegistry[name].bounds.problemOf(value);
	return problem === undefined ? undefined : {parameter: name, problem};
};

/** The first of the values that is out of its bounds. */
export const outOfBounds = (values: Partial<LedgerParameters>): ParameterOutOfBounds | undefined => {
	for (const name of parameterNames) {
		const problem = problemOf(name, values[name]);
		if (problem !== undefined) return problem;
	}
	return undefined;
};
