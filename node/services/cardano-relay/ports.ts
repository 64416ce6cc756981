import type {ByronState} from '#consensus/cardano/byron-state';
import type {CardanoEra} from '#consensus/cardano/era';
import type {CardanoBlockFailure} from '#consensus/cardano/judge-cardano-block';
import type {CardanoHeaderFailure} from '#consensus/cardano/judge-cardano-header';
import type {Nonce} from '#consensus/nonce/nonce';
import type {PraosState} from '#consensus/praos-state';
import type {Epoch} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';

/** A block of which somebody can take the proof that two implementations differ: what was served, by whom, and why we say no. */
export type Disagreement = {
	readonly kind: 'header' | 'block';
	/** As it came: a header under `tag` of chain-sync, or `[tag, block]`. */
	readonly bytes: Uint8Array;
	readonly tag: number;
	readonly peer: string;
	readonly failure: CardanoHeaderFailure | CardanoBlockFailure | {readonly code: string};
	readonly parent: ChainPlace | undefined;
};

/** Where disagreements are kept for people to look at. Never fails the relay. */
export type Quarantine = {
	keep(disagreement: Disagreement): Promise<void>;
	/** How many were kept since the start. */
	readonly count: number;
};

/** What is known after a block of the chain that is final: from there a relay goes on. */
export type SavedState = {
	/** As the store counts blocks. */
	readonly place: ChainPlace;
	readonly era: CardanoEra;
	readonly followsNonces: boolean;
	readonly state: PraosState;
	/** In Byron, where it is known. */
	readonly byron?: ByronState | undefined;
	/** Of the last epochs whose first block is final. */
	readonly epochNonces: readonly EpochNonce[];
};

export type EpochNonce = {readonly epoch: Epoch; readonly nonce: Nonce};

/** One saved state; a new one takes the place of the old in one step. */
export type StateStore = {
	/** Throws RELAY_STATE_BAD. */
	load(): Promise<SavedState | undefined>;
	save(state: SavedState): Promise<void>;
};
