import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import type {Genesis, Profile} from './genesis.ts';
import type {LedgerParameters} from './parameters.ts';

/** What a profile fixes of a genesis; keys, money and the place on Cardano come from whoever makes a network. */
export type GenesisProfile = Pick<
	Genesis,
	| 'slotMs'
	| 'k'
	| 'f'
	| 'epochLength'
	| 'slotsPerKesPeriod'
	| 'maxKesEvolutions'
	| 'checkpointEvery'
	| 'profile'
	| 'parameters'
> & {
	/** Cardano slots until a block is stable: 3 k/f of Cardano's mainnet for real value, 5 on the devnet. */
	readonly stableDepth: number;
};

const publicParameters: LedgerParameters = {
	feeBase: Lovelace(10_000n),
	storageFee: Ratio(1n, 20n),
	poolShare: Ratio(4n, 5n),
	rateMin: Lovelace(10n),
	bondMin: Lovelace(50_000_000n),
	lockEpochs: 30,
	collateralEpochs: 30,
	missWindowEpochs: 30,
	missPenaltyEpochs: [1, 3, 10],
	missesToVacate: 3,
	closeWindowEpochs: Ratio(3n, 2n),
	disputeWindowEpochs: 2,
	vettingEpochs: 30,
	unvettedShare: Ratio(1n, 20n),
	settleEpochs: 60,
	subsidyPerPeriod: Lovelace(0n),
	cardanoStakeWeight: Ratio(0n, 1n),
};

const devnetParameters: LedgerParameters = {
	...publicParameters,
	lockEpochs: 3,
	collateralEpochs: 3,
	missesToVacate: 1,
	closeWindowEpochs: Ratio(1n, 2n),
	disputeWindowEpochs: 1,
	vettingEpochs: 3,
	settleEpochs: 0,
};

/** `k` of devnet and test is for one machine and the simulator: a rollback may go no further than ten or five blocks. */
export const genesisProfiles: {readonly [P in Profile]: GenesisProfile} = {
	public: {
		profile: 'public',
		slotMs: 1000,
		k: 432,
		f: Ratio(1n, 20n),
		epochLength: 86_400,
		slotsPerKesPeriod: 129_600,
		maxKesEvolutions: 62,
		checkpointEvery: 30,
		parameters: publicParameters,
		stableDepth: 129_600,
	},
	devnet: {
		profile: 'devnet',
		slotMs: 200,
		k: 10,
		f: Ratio(1n, 2n),
		epochLength: 200,
		slotsPerKesPeriod: 500,
		maxKesEvolutions: 62,
		checkpointEvery: 3,
		parameters: devnetParameters,
		stableDepth: 5,
	},
	test: {
		profile: 'test',
		slotMs: 1000,
		k: 5,
		f: Ratio(1n, 2n),
		epochLength: 100,
		slotsPerKesPeriod: 500,
		maxKesEvolutions: 62,
		checkpointEvery: 2,
		parameters: devnetParameters,
		stableDepth: 5,
	},
};
