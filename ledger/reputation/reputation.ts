/** What a provider's track record is worth. Informs clients and repairers; no rule of the chain depends on it. */
import type {Hash32} from '#kernel/hash';
import {compareRatios, Ratio} from '#kernel/ratio';
import type {Epoch} from '#kernel/slot';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import {expectation, lowerBound, upperBound} from './credible-bound.ts';
import {EMPTY_RECORD, type RecordEvent, trialsOf} from './track-record.ts';

/** Whoever almost certainly (95 %) proves less than this part of its epochs is given nothing. */
export const SUSPENDED_BELOW: Ratio = Ratio(3n, 5n);

export type Reputation = {
	readonly provider: Hash32;
	/** Of the last 256 epochs: how many it proved, and how many failed ones its events count as. */
	readonly successes: number;
	readonly failures: number;
	/** With 95 % it proves at least, and at most, this part of its epochs. */
	readonly lowerBound: Ratio;
	readonly upperBound: Ratio;
	/** The part that one has to expect. */
	readonly expectation: Ratio;
	/** Proven epochs that it has still to show before it is vetted; 0: it is. Begins anew when it is vacated. */
	readonly vettingEpochsLeft: number;
	readonly suspended: boolean;
	/** All that was ever proven. */
	readonly provenTotal: number;
	/** What counts or counted against it, oldest first; the newest 64. */
	readonly events: readonly RecordEvent[];
};

/** As of an epoch. A provider of which the chain has seen nothing has the reputation of a stranger. */
export const reputationOf = (
	{vettingEpochs}: Pick<LedgerParameters, 'vettingEpochs'>,
	reader: LedgerReader,
	provider: Hash32,
	epoch: Epoch,
): Reputation => {
	const track = reader.get('trackRecords', keyOf(provider)) ?? EMPTY_RECORD;
	const trials = trialsOf(track, epoch);
	const most = upperBound(trials);
	return {
		provider,
		...trials,
		lowerBound: lowerBound(trials),
		upperBound: most,
		expectation: expectation(trials),
		vettingEpochsLeft: Math.max(0, vettingEpochs - track.provenSinceVacated),
		suspended: compareRatios(most, SUSPENDED_BELOW) < 0,
		provenTotal: track.provenTotal,
		events: track.events,
	};
};
