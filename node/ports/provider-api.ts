/** What the control API says of providers. */
import type {Amount, Hex, Json} from './control-api.ts';

/** What a node says of the provider that runs in it, beside what the chain says. */
export type OwnProviderView = {
	readonly provider: Hex;
	readonly endpoint: string;
	readonly connections: number;
	readonly pieces: number;
	readonly bytes: number;
	/** Why the last commitment or proof failed, as a code. */
	readonly lastFailure: string | null;
	readonly disk: {
		readonly state: 'good' | 'full' | 'failing';
		readonly freeBytes: number;
		readonly totalBytes: number;
		/** Kept free. */
		readonly reserveBytes: number;
		/** Times that it did not answer, since the start. */
		readonly failures: number;
		readonly lastFailureMs: number | null;
	};
	/** The round of looking at every piece that goes on, or the last one. */
	readonly scrub: {
		readonly startedMs: number;
		readonly finishedMs: number | null;
		/** When the next one begins; null while one goes on. */
		readonly nextMs: number | null;
		readonly pieces: number;
		readonly bytes: number;
		readonly damaged: number;
		/** The I/O budget is too small for the round to be over in time. */
		readonly isBehind: boolean;
	};
	/** Pieces that are lost and not reported yet. */
	readonly losses: readonly {readonly agreement: Hex; readonly piece: Hex; readonly code: string}[];
	/** Moved since the start to give back the space of dropped pieces. */
	readonly compactedBytes: number;
};

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
