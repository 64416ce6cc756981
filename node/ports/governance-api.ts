import type {Json} from './control-api.ts';

/** What token holders decided and the chain has heard of, before it is in force. */
export type WaitingEnactmentView = {
	/** Number of the proposal on Cardano. */
	readonly proposal: number;
	readonly kind: 'parameters' | 'upgrade';
	/** Of parameters, as `parameters` has them. */
	readonly values: {readonly [name: string]: Json};
	/** Of an upgrade. */
	readonly version: number | null;
	/** The period whose checkpoint has to stand on Cardano first. */
	readonly period: number;
	readonly isConfirmed: boolean;
	/** The epoch that the proposal names. */
	readonly notBeforeEpoch: number;
	/** The first epoch that it can be in force in; later when the checkpoint takes longer. */
	readonly entersAtEpoch: number;
};

/** The rules at the tip of a node's chain, and what will become of them. */
export type GovernanceView = {
	/** Of the tip. */
	readonly epoch: number;
	/** The newest whose checkpoint stands on Cardano, as far as the chain knows. */
	readonly confirmedPeriod: number;
	readonly protocolVersion: number;
	/** The newest that this software knows. */
	readonly protocolVersionMax: number;
	/** In force. */
	readonly parameters: {readonly [name: string]: Json};
	/** What the chain began with. */
	readonly genesisParameters: {readonly [name: string]: Json};
	/** In the order in which Cardano reported them. */
	readonly waiting: readonly WaitingEnactmentView[];
};
