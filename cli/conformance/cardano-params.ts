import type {ConsensusParams} from '#consensus/params';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';

/** What every public Cardano network has; sizes and versions are not judged in vectors. */
export const cardanoParams: ConsensusParams = {
	k: 2160,
	f: Ratio(1n, 20n),
	epochLength: 432_000,
	slotsPerKesPeriod: 129_600,
	maxKesEvolutions: 62,
	protocolVersionMax: Number.MAX_SAFE_INTEGER,
	headerBytesMax: Number.MAX_SAFE_INTEGER,
	bodyBytesMax: Number.MAX_SAFE_INTEGER,
};

type Network = {readonly eraStart: {slot: Slot; epoch: Epoch}; readonly conwayEpoch: Epoch};

const networks: ReadonlyMap<string, Network> = new Map([
	['mainnet', {eraStart: {slot: Slot(4_492_800), epoch: Epoch(208)}, conwayEpoch: Epoch(507)}],
	['preprod', {eraStart: {slot: Slot(86_400), epoch: Epoch(4)}, conwayEpoch: Epoch(163)}],
	['preview', {eraStart: {slot: Slot(0), epoch: Epoch(0)}, conwayEpoch: Epoch(646)}],
]);

/** Where the network's Shelley epochs start and how it froze nonces in `epoch`; nothing for an unknown network. */
export const networkParams = (
	name: string | undefined,
	epoch: Epoch,
): Pick<ConsensusParams, 'eraStart' | 'candidateFreezeFactor'> => {
	const network = name === undefined ? undefined : networks.get(name);
	if (network === undefined) return {};
	return {eraStart: network.eraStart, candidateFreezeFactor: epoch < network.conwayEpoch ? 3 : 4};
};
