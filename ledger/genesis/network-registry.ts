/** The numbers that a genesis fixes for ever: consensus and the rhythm of checkpoints hang on them. */
import type {GenesisProfile} from './profiles.ts';

export type NetworkEntry = {
	readonly unit: string;
	/** As `checkGenesis` wants them. */
	readonly bounds: string;
	readonly meaning: string;
};

export type NetworkName = Exclude<keyof GenesisProfile, 'profile' | 'parameters'>;

export const networkRegistry: {readonly [Name in NetworkName]: NetworkEntry} = {
	slotMs: {unit: 'ms', bounds: 'at least 1', meaning: 'How long a slot lasts.'},
	k: {unit: 'blocks', bounds: '1 to 1000000', meaning: 'How many blocks a rollback may undo.'},
	f: {
		unit: 'part of 1',
		bounds: 'above 0, to 1',
		meaning: 'Active slot coefficient: how many slots have a leader.',
	},
	epochLength: {unit: 'slots', bounds: '10 k/f', meaning: 'How long an epoch lasts.'},
	slotsPerKesPeriod: {
		unit: 'slots',
		bounds: 'at least 1',
		meaning: 'How long a KES key signs before it evolves.',
	},
	maxKesEvolutions: {unit: 'periods', bounds: '1 to 64', meaning: 'How often a KES key evolves.'},
	checkpointEvery: {
		unit: 'epochs',
		bounds: 'at least 1',
		meaning: 'How long a checkpoint period lasts.',
	},
	stableDepth: {
		unit: 'Cardano slots',
		bounds: 'whole number',
		meaning: 'How deep a Cardano block lies before what is in it counts.',
	},
};
