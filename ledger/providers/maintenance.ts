import {type Codec, list, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';

/** Epochs that a provider announced, ascending: it needs not prove them and is not paid. */
export type Maintenance = {readonly epochs: readonly Epoch[]};

/** So many within as many epochs as misses add up over. */
export const MAINTENANCE_EPOCHS_MAX = 2;

/** Those of the window before now, and those announced ahead. */
const EPOCHS_KEPT_MAX = 16;

export const maintenanceCodec: Codec<Maintenance> = record({
	epochs: list(uint<Epoch>(EPOCH_MAX), EPOCHS_KEPT_MAX),
});

const announced = (reader: LedgerReader, provider: Hash32): readonly Epoch[] =>
	reader.get('maintenance', keyOf(provider))?.epochs ?? [];

export const isInMaintenance = (reader: LedgerReader, provider: Hash32, epoch: Epoch): boolean =>
	announced(reader, provider).includes(epoch);

/** The row with one more epoch, without those that count no more; undefined when that would be too many. */
export const withMaintenance = (
	reader: LedgerReader,
	provider: Hash32,
	{epoch, now, windowEpochs}: {readonly epoch: Epoch; readonly now: Epoch; readonly windowEpochs: number},
): Maintenance | undefined => {
	const counting = announced(reader, provider).filter(each => each + windowEpochs > now);
	const epochs = [...counting, epoch].sort((a, b) => a - b);
	// Too many, if so many and one more lie within one window.
	const isTooOften = epochs.some((first, index) => {
		const last = epochs[index + MAINTENANCE_EPOCHS_MAX];
		return last !== undefined && last - first < windowEpochs;
	});
	return isTooOften || epochs.length > EPOCHS_KEPT_MAX ? undefined : {epochs};
};
