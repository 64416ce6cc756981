import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {encode} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent} from '#kernel/main-chain-event';
import {Ratio} from '#kernel/ratio';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {parameterChangeCodec} from '#ledger/governance/parameter-change';
import {parameterNames} from '#ledger/governance/parameter-registry';

const amount = (max: bigint): fc.Arbitrary<Lovelace> => fc.bigInt(0n, max).map(Lovelace);
const epochs = fc.integer({min: 1, max: 1024});
const part: fc.Arbitrary<Ratio> = fc
	.tuple(fc.bigInt(1n, 1_000n), fc.bigInt(0n, 1_000n))
	.map(([denominator, numerator]) => Ratio(numerator % (denominator + 1n), denominator));

const each: {readonly [Name in keyof LedgerParameters]: fc.Arbitrary<LedgerParameters[Name]>} = {
	feeBase: amount(10_000_000n),
	storageFee: part,
	poolShare: part,
	rateMin: amount(1_000_000_000n),
	bondMin: amount(100_000_000_000n),
	lockEpochs: epochs,
	collateralEpochs: epochs,
	missWindowEpochs: epochs,
	missPenaltyEpochs: fc.array(fc.nat(1024), {minLength: 1, maxLength: 16}),
	missesToVacate: epochs,
	closeWindowEpochs: part.map(({numerator, denominator}) => Ratio(numerator * 3n, denominator)),
	disputeWindowEpochs: epochs,
	vettingEpochs: fc.nat(1024),
	unvettedShare: part,
	settleEpochs: fc.nat(60),
	subsidyPerPeriod: amount(45_000_000_000_000_000n),
	cardanoStakeWeight: part,
};

/** Values for some parameters, at least one, within their bounds. */
export const anyParameters: fc.Arbitrary<Partial<LedgerParameters>> = fc
	.record(each, {requiredKeys: []})
	.filter(values => Object.keys(values).length > 0);

/** Values that leave a small network alive, some of them odd; the numbers choose which parameters, and what. */
const moderateValues = (which: number, what: number): Partial<LedgerParameters> => {
	const one = <T>(...choices: readonly T[]): T => defined(choices[what % choices.length], 'one of them');
	const all: LedgerParameters = {
		feeBase: Lovelace(one(0n, 10_000n, 50_000n, 300_000n)),
		storageFee: one(Ratio(0n, 1n), Ratio(1n, 20n), Ratio(1n, 1n)),
		poolShare: one(Ratio(1n, 1n), Ratio(4n, 5n), Ratio(0n, 1n)),
		rateMin: Lovelace(one(0n, 10n, 1_000n)),
		bondMin: Lovelace(one(0n, 60_000_000n)),
		lockEpochs: one(1, 3, 9),
		collateralEpochs: one(20, 1, 3),
		missWindowEpochs: one(1, 30),
		missPenaltyEpochs: one([0], [1, 3, 10], [40]),
		missesToVacate: one(1, 2, 5),
		closeWindowEpochs: one(Ratio(0n, 1n), Ratio(1n, 2n), Ratio(5n, 2n)),
		disputeWindowEpochs: one(1, 3),
		vettingEpochs: one(0, 5),
		unvettedShare: one(Ratio(0n, 1n), Ratio(1n, 2n)),
		settleEpochs: one(0, 2, 20),
		subsidyPerPeriod: Lovelace(one(0n, 10_000_000n)),
		cardanoStakeWeight: one(Ratio(0n, 1n), Ratio(1n, 3n), Ratio(1n, 1n)),
	};
	const names = parameterNames.filter((_, index) => (which >> (index % 4)) % 2 === 1);
	return Object.fromEntries(names.map(name => [name, all[name]]));
};

/** Cardano reports that token holders want some of those. */
export const moderateReport = (which: number, what: number): MainChainEvent => {
	const change = encode(parameterChangeCodec, {fromEpoch: 0, values: moderateValues(which, what)});
	return {kind: 'enacted', proposal: what, effect: {kind: 'side-chain-parameters', change}};
};
