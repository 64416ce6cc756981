/** Which slots belong to which epochs and times on a Cardano network: what tools ask a node for before they reckon with slots. */
import type {EraBound, EraSummary} from '#kernel/era-summary';
import {Epoch, type Slot} from '#kernel/slot';
import {stabilityWindow} from '../params.ts';
import {epochOf, firstSlotOf, slotStartMs} from '../time.ts';
import {type CardanoNetwork, isByronSlot} from './cardano-network.ts';
import {type CardanoEra, headerTagOf} from './era.ts';

type History = Pick<CardanoNetwork, 'params' | 'slots' | 'eraEpochs' | 'byron'>;

/** `slotDuration` of every public byron-genesis.json. */
const BYRON_SLOT_MS = 20_000;
/** An epoch of Byron has 10k slots, and a hard fork is known 2k slots before (cardano-ledger, Byron). */
const BYRON_EPOCH_K = 10;
const BYRON_SAFE_K = 2;

const firstSlot = ({params}: History): number => params.eraStart?.slot ?? 0;
const firstEpoch = ({params}: History): number => params.eraStart?.epoch ?? 0;
const byronSlotMs = ({byron}: History): number => byron?.slotLengthMs ?? BYRON_SLOT_MS;
const byronEpochLength = ({byron, params}: Pick<History, 'byron' | 'params'>): number =>
	BYRON_EPOCH_K * (byron?.k ?? params.k);

/** When the network began: slots of Byron were longer than those that `slots` counts back with. */
export const systemStartMsOf = (network: History): number => {
	const {systemStartMs, slotLengthMs} = network.slots;
	return systemStartMs - firstSlot(network) * (byronSlotMs(network) - slotLengthMs);
};

/** When a slot of any era begins. */
export const slotStartMsOf = (network: History, slot: Slot): number =>
	isByronSlot(network, slot)
		? systemStartMsOf(network) + slot * byronSlotMs(network)
		: slotStartMs(network.slots, slot);

/** The epoch of a slot of any era, and how far in it the slot is. */
export const placeInEpoch = (
	network: Pick<History, 'params' | 'byron'>,
	slot: Slot,
): {readonly epoch: number; readonly slotInEpoch: number} => {
	const {params} = network;
	if (isByronSlot(network, slot)) {
		const length = byronEpochLength(network);
		return {epoch: Math.floor(slot / length), slotInEpoch: slot % length};
	}
	const epoch = epochOf(params, slot);
	return {epoch, slotInEpoch: slot - firstSlotOf(params, epoch)};
};

const boundOf = (network: History, epoch: number): EraBound => {
	if (epoch < firstEpoch(network)) {
		const slot = epoch * byronEpochLength(network);
		return {timeMs: slot * byronSlotMs(network), slot, epoch};
	}
	const slot = firstSlotOf(network.params, Epoch(epoch));
	const timeMs =
		firstSlot(network) * byronSlotMs(network) + (slot - firstSlot(network)) * network.slots.slotLengthMs;
	return {timeMs, slot, epoch};
};

/**
 * From Byron to the era of a block at `slot`, as a node tells it whose tip that block is. The last era ends with the epoch in which the
 * slots end that no hard fork can come before (ouroboros-consensus, `HardFork.Combinator.State.Infra`, `reconstructSummary`), or where the next is known to begin.
 */
export const eraSummaries = (
	network: History,
	{era, slot}: {readonly era: CardanoEra; readonly slot: Slot},
): readonly EraSummary[] => {
	const k = network.byron?.k ?? network.params.k;
	const first = firstEpoch(network);
	const {epochLength} = network.params;
	const {slotLengthMs} = network.slots;
	const safeZone = stabilityWindow(network.params);
	const startOf = (tag: number): number => network.eraEpochs[tag - 1] ?? first;
	const isSafe = Math.max(0, slot + 1 + safeZone - firstSlot(network));
	const horizon = first + Math.ceil(isSafe / epochLength);
	const last = headerTagOf(era);
	const byronSafe = Math.ceil((slot + 1 + BYRON_SAFE_K * k) / byronEpochLength(network));
	const summaries: EraSummary[] = [
		{
			start: {timeMs: 0, slot: 0, epoch: 0},
			end: boundOf(network, era === 'byron' ? Math.min(byronSafe, first) : first),
			epochLength: byronEpochLength(network),
			slotLengthMs: byronSlotMs(network),
			safeZone: BYRON_SAFE_K * k,
		},
	];
	for (let tag = 1; tag <= last; tag++) {
		const next = network.eraEpochs[tag];
		const end = tag < last ? startOf(tag + 1) : Math.min(horizon, next ?? horizon);
		summaries.push({
			start: boundOf(network, startOf(tag)),
			end: boundOf(network, Math.max(end, startOf(tag))),
			epochLength,
			slotLengthMs,
			safeZone,
		});
	}
	return summaries;
};
