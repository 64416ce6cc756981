import {defined} from '#kernel/assert';
import type {Epoch} from '#kernel/slot';
import type {CardanoWeights} from '../pools/cardano-stake.ts';
import type {Snapshot} from '../pools/snapshot.ts';
import {numberKey} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';

/** The snapshot taken at the start of an epoch; before epoch 0 there was the genesis, which counts as taken at 0. */
const takenAt = (reader: LedgerReader, epoch: number): Snapshot =>
	defined(reader.get('snapshots', numberKey(Math.max(0, epoch))), `no snapshot of epoch ${epoch}`);

/** Taken at the start of this epoch. */
export const markSnapshot = (reader: LedgerReader, epoch: Epoch): Snapshot => takenAt(reader, epoch);
/** Elects the leaders of this epoch. */
export const setSnapshot = (reader: LedgerReader, epoch: Epoch): Snapshot => takenAt(reader, epoch - 1);
/** Shares out the rewards that are paid in this epoch: it elected the leaders of the one before. */
export const goSnapshot = (reader: LedgerReader, epoch: Epoch): Snapshot => takenAt(reader, epoch - 2);

/** What stake on Cardano adds to a snapshot taken at the start of that epoch. */
const weightsAt = (reader: LedgerReader, epoch: number): CardanoWeights =>
	reader.get('cardanoWeights', numberKey(Math.max(0, epoch))) ?? [];
/** To `markSnapshot`. */
export const markWeights = (reader: LedgerReader, epoch: Epoch): CardanoWeights => weightsAt(reader, epoch);
/** To `setSnapshot`. */
export const setWeights = (reader: LedgerReader, epoch: Epoch): CardanoWeights =>
	weightsAt(reader, epoch - 1);

/** Whether `setSnapshot` is still there: the state keeps three of them, and one that was passed long ago is gone. */
export const hasSetSnapshot = (reader: LedgerReader, epoch: Epoch): boolean =>
	reader.get('snapshots', numberKey(Math.max(0, epoch - 1))) !== undefined;
