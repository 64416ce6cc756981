/** What the control API says of providers. */
import type {Amount, Hex, Json} from './control-api.ts';

export type PenaltyView = {
	readonly epoch: number;
	readonly slot: number;
	readonly blockHash: Hex | null;
	readonly reason: string;
	readonly amount: Amount;
	/** Whether its agreements were vacated. */
	readonly vacated: boolean;
};

/** What the track record of a provider is worth; ratios are `984/1000`. */
export type StandingView = {
	/** Of the last 256 epochs: how many it proved, and how many failed ones its events count as. */
	readonly successes: number;
	readonly failures: number;
	/** With 95 % it proves at least, and at most, this part of its epochs. */
	readonly lowerBound: string;
	readonly upperBound: string;
	readonly expectation: string;
	/** Proven epochs until it is vetted; 0: it is. */
	readonly vettingEpochsLeft: number;
	/** Whether it is so bad that it is given nothing. */
	readonly suspended: boolean;
	readonly provenTotal: number;
};

export type RecordEventView = {
	readonly epoch: number;
	readonly reason: string;
	/** How many failed epochs it counts as. */
	readonly weight: number;
	readonly slot: number;
	readonly blockNo: number;
	/** null: the block is not on this node's chain any more. */
	readonly blockHash: Hex | null;
};

export type ReputationView = StandingView & {
	readonly provider: Hex;
	/** The newest 64, oldest first. */
	readonly events: readonly RecordEventView[];
};

/** What a provider has committed to and proven for an epoch. */
export type ForestView = {readonly epoch: number; readonly root: Hex; readonly totalLeaves: number};

export type ProviderView = {
	readonly id: Hex;
	readonly operatorVk: Hex;
	readonly payoutAccount: Hex;
	readonly bond: Amount;
	/** Part of the bond that is not locked as collateral. */
	readonly bondFree: Amount;
	readonly storePrice: Amount;
	readonly minTermEpochs: number;
	readonly capacityLeaves: string;
	readonly usedLeaves: string;
	readonly accepting: boolean;
	readonly earned: Amount;
	readonly misses: number;
	readonly penalties: readonly PenaltyView[];
	/** The newest two that it has proven. */
	readonly forests: readonly ForestView[];
	/** Anything else the ledger knows of it. */
	readonly details: {readonly [field: string]: Json};
	readonly reputation: StandingView;
	/** From its announcement, if this node has one. */
	readonly endpoint: string | null;
	/** Multiaddrs where libp2p reaches it, best first; from its announcement. */
	readonly routes: readonly string[];
	/** What its announcement says of it: name and value. */
	readonly attributes: readonly (readonly [name: string, value: string])[];
};
