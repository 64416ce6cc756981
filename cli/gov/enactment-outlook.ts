/** When the side-chain goes by what was executed on Cardano a moment ago, as far as one can say before it has heard of it. */
import type {Genesis} from '#ledger/genesis/genesis';
import type {CardanoNetwork} from '#onchain/deployment';
import {type DepositOutlook, depositOutlook, periodOutlook} from '../bridge-outlook.ts';

export type EnactmentOutlook = DepositOutlook & {
	/** In which the side-chain will probably hear of it, and whose checkpoint has to stand on Cardano first. */
	readonly period: number;
	/** The first epoch that it can be in force in then. */
	readonly entersAtEpoch: number;
};

export const enactmentOutlook = (
	genesis: Pick<Genesis, 'epochLength' | 'checkpointEvery' | 'systemStartMs' | 'slotMs'>,
	network: CardanoNetwork,
	seen: {
		/** Of its execution, on Cardano. */
		readonly slot: number;
		readonly tipSlot: number;
		readonly stableDepth: number;
		/** On the side-chain. */
		readonly currentSlot: number;
		/** The epoch that the proposal names. */
		readonly notBeforeEpoch: number;
	},
): EnactmentOutlook => {
	const outlook = depositOutlook(network, seen);
	const stableSlot = Math.ceil((outlook.expectedMs - genesis.systemStartMs) / genesis.slotMs);
	const {period} = periodOutlook(genesis, Math.max(seen.currentSlot, stableSlot));
	const entersAtEpoch = Math.max(seen.notBeforeEpoch, period * genesis.checkpointEvery + 1);
	return {...outlook, period, entersAtEpoch};
};
