/** The rules as governance has made them, as of a state. */
import type {LedgerEnv, RulesEnv} from '../environment.ts';
import type {Genesis} from '../genesis/genesis.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {LedgerReader} from '../state/reader.ts';
import {SINGLE} from '../state/singles.ts';
import type {Enactment, Governance} from './governance.ts';
import {PROTOCOL_VERSION_FIRST} from './protocol-version.ts';

const UNTOUCHED: Governance = {protocolVersion: PROTOCOL_VERSION_FIRST, parameters: null, waiting: []};

export const governanceAt = (reader: Pick<LedgerReader, 'get'>): Governance =>
	reader.get('governance', SINGLE) ?? UNTOUCHED;

export const parametersAt = (
	{genesis}: Pick<LedgerEnv, 'genesis'>,
	reader: Pick<LedgerReader, 'get'>,
): LedgerParameters => governanceAt(reader).parameters ?? genesis.parameters;

export const rulesAt = (env: LedgerEnv, reader: Pick<LedgerReader, 'get'>): RulesEnv => ({
	...env,
	parameters: parametersAt(env, reader),
});

/** Whether an enactment enters at the boundary to an epoch, with what Cardano has confirmed by then. */
export const isDue = (
	{period, effect}: Enactment,
	{confirmed, epoch}: {readonly confirmed: number; readonly epoch: number},
): boolean =>
	confirmed >= period &&
	epoch >= (effect.kind === 'upgrade' ? effect.activationEpoch : effect.change.fromEpoch);

/**
 * The first epoch that an enactment can enter with, seen in `epoch`: the period in which it was reported has to end, and its
 * checkpoint is confirmed in the epoch after that at the soonest.
 */
export const entersAtEarliest = (
	{checkpointEvery}: Pick<Genesis, 'checkpointEvery'>,
	{period, effect}: Enactment,
	{confirmed, epoch}: {readonly confirmed: number; readonly epoch: number},
): number =>
	Math.max(
		epoch + 1,
		confirmed >= period ? 0 : period * checkpointEvery + 1,
		effect.kind === 'upgrade' ? effect.activationEpoch : effect.change.fromEpoch,
	);

/**
 * The version that an epoch's rules have, if Cardano confirms nothing more until then: for a node to know by the clock alone that it
 * is too old, because it does not understand the blocks that would tell it.
 */
export const versionAt = (reader: Pick<LedgerReader, 'get'>, epoch: number): number => {
	const confirmed = reader.get('confirmedCheckpoint', SINGLE)?.period ?? 0;
	const {protocolVersion, waiting} = governanceAt(reader);
	return waiting.reduce(
		(version, enactment) =>
			enactment.effect.kind === 'upgrade' && isDue(enactment, {confirmed, epoch})
				? Math.max(version, enactment.effect.version)
				: version,
		protocolVersion,
	);
};
