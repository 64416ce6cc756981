/** What the chain has seen of a provider: which epochs it proved, and each event against it with its reason and block. */
import {type Codec, list, record, uint} from '#kernel/cbor/codec';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';
import {TRIALS_MAX, type Trials} from './credible-bound.ts';

/** Older epochs are forgotten: nobody is marked for ever. */
export const RECORD_EPOCHS = 256;
/** The newest events that the state keeps for the provider to read. */
const EVENTS_KEPT = 64;

/** A reason's place in this list is its number in the state: only ever append. */
const REASONS = [
	'no-commitment',
	'no-proof',
	'vacated',
	'excused',
	'loss-reported',
	'stale-close',
	'equivocation',
	'omission',
	'retrieval-missed',
] as const;
export type RecordReason = (typeof REASONS)[number];

/** How many failed epochs an event counts as. */
export const REASON_WEIGHTS: {readonly [R in RecordReason]: number} = {
	'no-commitment': 1,
	'no-proof': 1,
	/** On top of the miss: others have to do its work. */
	vacated: 4,
	/** Fewer than k blocks were made: nobody is to blame. */
	excused: 0,
	/** It lost pieces, and said so in time. */
	'loss-reported': 1,
	/** No accident does that. */
	'stale-close': 16,
	equivocation: 16,
	omission: 16,
	/** It did not answer a demand of its client in the time that it had promised. */
	'retrieval-missed': 1,
};

export type RecordEvent = {
	readonly epoch: Epoch;
	readonly reason: RecordReason;
	/** The block that judged it. */
	readonly slot: Slot;
	readonly blockNo: BlockNo;
};

type Run = {readonly from: Epoch; readonly until: Epoch};
type Failure = {readonly epoch: Epoch; readonly weight: number};

export type TrackRecord = {
	/** Proven epochs of the last `RECORD_EPOCHS`, as runs without gaps; ascending, `until` is not in it. */
	readonly proven: readonly Run[];
	/** All that were ever proven. */
	readonly provenTotal: number;
	/** Those since its agreements were last vacated. */
	readonly provenSinceVacated: number;
	/** Of the last `RECORD_EPOCHS`, ascending, each epoch once. */
	readonly failures: readonly Failure[];
	/** Oldest first. */
	readonly events: readonly RecordEvent[];
};

export const EMPTY_RECORD: TrackRecord = {
	proven: [],
	provenTotal: 0,
	provenSinceVacated: 0,
	failures: [],
	events: [],
};

const epoch: Codec<Epoch> = uint<Epoch>(EPOCH_MAX);

const reasonCodec: Codec<RecordReason> = {
	write: (writer, reason) => writer.uint(REASONS.indexOf(reason)),
	read: reader => REASONS[reader.uint(REASONS.length - 1)] as RecordReason,
};

export const trackRecordCodec: Codec<TrackRecord> = record({
	proven: list(record({from: epoch, until: epoch}), RECORD_EPOCHS),
	provenTotal: uint(),
	provenSinceVacated: uint(),
	failures: list(record({epoch, weight: uint(TRIALS_MAX)}), RECORD_EPOCHS),
	events: list(
		record({epoch, reason: reasonCodec, slot: uint<Slot>(), blockNo: uint<BlockNo>()}),
		EVENTS_KEPT,
	),
});

/** The first epoch that still counts in this one. */
const oldest = (now: Epoch): number => now + 1 - RECORD_EPOCHS;

/** What still counts in an epoch. */
const trimmed = (track: TrackRecord, now: Epoch): TrackRecord => ({
	...track,
	proven: track.proven
		.filter(({until}) => until > oldest(now))
		.map(({from, until}) => ({from: Math.max(from, oldest(now)) as Epoch, until})),
	failures: track.failures.filter(({epoch}) => epoch >= oldest(now)),
});

/** An epoch counts once, whoever tells of it how often. Epochs are told of in their order. */
export const addProven = (track: TrackRecord, epoch: Epoch): TrackRecord => {
	const {proven} = track;
	const last = proven.at(-1);
	if (last !== undefined && epoch < last.until) return track;
	const until = (epoch + 1) as Epoch;
	const runs =
		last?.until === epoch
			? [...proven.slice(0, -1), {from: last.from, until}]
			: [...proven, {from: epoch, until}];
	const {provenTotal, provenSinceVacated} = track;
	return trimmed(
		{...track, proven: runs, provenTotal: provenTotal + 1, provenSinceVacated: provenSinceVacated + 1},
		epoch,
	);
};

const withFailure = (failures: readonly Failure[], epoch: Epoch, weight: number): readonly Failure[] => {
	if (weight === 0) return failures;
	const before = failures.find(each => each.epoch === epoch)?.weight ?? 0;
	return [
		...failures.filter(each => each.epoch !== epoch),
		{epoch, weight: Math.min(TRIALS_MAX, before + weight)},
	].sort((a, b) => a.epoch - b.epoch);
};

export const addEvent = (track: TrackRecord, event: RecordEvent): TrackRecord => ({
	...trimmed(
		{...track, failures: withFailure(track.failures, event.epoch, REASON_WEIGHTS[event.reason])},
		event.epoch,
	),
	...(event.reason === 'vacated' && {provenSinceVacated: 0}),
	events: [...track.events, event].slice(-EVENTS_KEPT),
});

/** What the last `RECORD_EPOCHS` say, as trials of whether it proves an epoch. */
export const trialsOf = (track: TrackRecord, now: Epoch): Trials => {
	const {proven, failures} = trimmed(track, now);
	const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
	return {
		successes: sum(proven.map(({from, until}) => until - from)),
		failures: Math.min(TRIALS_MAX, sum(failures.map(({weight}) => weight))),
	};
};
