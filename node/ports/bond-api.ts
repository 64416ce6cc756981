/** What the control API says for disputes on Cardano. */
import type {CallOptions, Hex} from './control-api.ts';

/** That a provider has proven a forest, shown under the root of a checkpoint's state. */
export type ForestEvidenceView = {
	readonly provider: Hex;
	/** Whose end the checkpoint is of. */
	readonly period: number;
	readonly stateRoot: Hex;
	readonly epoch: number;
	readonly root: Hex;
	/** In decimal. */
	readonly totalLeaves: string;
	/** What the challenges of the epoch were drawn from. */
	readonly seed: Hex;
	readonly index: number;
	readonly path: readonly Hex[];
	readonly sections: readonly Hex[];
};

/** `proof`: the CBOR of a storage proof with that one leaf (`storage-proofs/forest-proof`). */
export type LeafOpeningView = {readonly proof: Hex};

export type ForestEvidenceQuery = {
	readonly provider: Hex;
	/** Default: the newest one in which it has proven leaves. */
	readonly epoch?: number | undefined;
	/** Default: the one that the chain knows to be confirmed. */
	readonly period?: number | undefined;
};

export type LeafOpeningQuery = {
	readonly provider: Hex;
	/** Of the forest. */
	readonly root: Hex;
	/** In decimal. */
	readonly totalLeaves: string;
	readonly leaf: string;
};

/** Part of `ControlClient`. */
export type BondQuestions = {
	/** Rejects with EXPORT_NO_CHECKPOINT and EXPORT_STATE_NOT_KEPT. */
	forestEvidence(query: ForestEvidenceQuery, options?: CallOptions): Promise<ForestEvidenceView | undefined>;
	/** Out of the blocks that the node keeps. */
	leafOpening(query: LeafOpeningQuery, options?: CallOptions): Promise<LeafOpeningView | undefined>;
};

/** Part of `ControlBackend`. */
export type BondAnswers = {
	forestEvidence(query: ForestEvidenceQuery): Promise<ForestEvidenceView | undefined>;
	leafOpening(query: LeafOpeningQuery): Promise<LeafOpeningView | undefined>;
};
