import type {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';
import {EPOCH_MAX} from '../limits.ts';
import {type Dual, dualList, dualLovelace, dualRatio, dualRecord, dualUint} from './json-form.ts';

/** The numbers of the ledger's rules. Times are epochs, money is lovelace. */
export type LedgerParameters = {
	/** A transaction's fee is at least this and one lovelace a byte. */
	readonly feeBase: Lovelace;
	/** Part of every storage settlement that joins the fees. */
	readonly storageFee: Ratio;
	/** Part of an epoch's fees that goes to pools; the rest is the treasury's. */
	readonly poolShare: Ratio;
	/** The least rate of an agreement, per GiB and epoch. */
	readonly rateMin: Lovelace;
	/** The least bond that a provider registers with. */
	readonly bondMin: Lovelace;
	/** Epochs that a payer's funds must cover, and that a leaving provider's bond stays. */
	readonly lockEpochs: number;
	/** Epochs of revenue that an agreement locks of its provider's bond. */
	readonly collateralEpochs: number;
	/** Epochs in which misses add up. */
	readonly missWindowEpochs: number;
	/** Epochs of revenue that the first, second, … miss costs; the last one stands for all after it. */
	readonly missPenaltyEpochs: readonly number[];
	/** The miss that vacates a provider's agreements. */
	readonly missesToVacate: number;
	/** How long an agreement goes on after one side closed it. */
	readonly closeWindowEpochs: Ratio;
	/** How long what the other side holds against a claim still counts; channels stay open so long for the payee. */
	readonly disputeWindowEpochs: number;
	/** Epochs that a new provider has to prove before clients give it more than their share for new ones. */
	readonly vettingEpochs: number;
	/** The part of a segment's pieces that clients give to providers that are not vetted yet. */
	readonly unvettedShare: Ratio;
	/** Judged epochs that an agreement may wait to be settled; then the ledger does it. 0: every epoch at once. */
	readonly settleEpochs: number;
	/** What the treasury on Cardano pays providers for a period's storage, at most; 0 until governance sets it. */
	readonly subsidyPerPeriod: Lovelace;
	/** What a lovelace staked on Cardano weighs beside one here (`pools/cardano-weights`); 0 until governance sets it. */
	readonly cardanoStakeWeight: Ratio;
};

/** Each by itself, for changes of some of them. */
export const parameterForms: {readonly [Name in keyof LedgerParameters]: Dual<LedgerParameters[Name]>} = {
	feeBase: dualLovelace,
	storageFee: dualRatio,
	poolShare: dualRatio,
	rateMin: dualLovelace,
	bondMin: dualLovelace,
	lockEpochs: dualUint(EPOCH_MAX),
	collateralEpochs: dualUint(EPOCH_MAX),
	missWindowEpochs: dualUint(1024),
	missPenaltyEpochs: dualList(dualUint(EPOCH_MAX), 16),
	missesToVacate: dualUint(1024),
	closeWindowEpochs: dualRatio,
	disputeWindowEpochs: dualUint(1024),
	vettingEpochs: dualUint(1024),
	unvettedShare: dualRatio,
	settleEpochs: dualUint(EPOCH_MAX),
	subsidyPerPeriod: dualLovelace,
	cardanoStakeWeight: dualRatio,
};

export const parametersForm: Dual<LedgerParameters> = dualRecord<LedgerParameters>(parameterForms);
