import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import type {ConsensusParams} from '../params.ts';
import type {SlotClock} from '../time.ts';
import type {CardanoEra} from './era.ts';

/** What the headers of one Cardano network are judged with. */
export type CardanoNetwork = {
	readonly name: string;
	readonly magic: number;
	/** blake2b-256 of the bytes of its shelley-genesis.json, in hexadecimal: the name of the chain in our database. */
	readonly shelleyGenesisHash: string;
	readonly params: Omit<ConsensusParams, 'candidateFreezeFactor'>;
	/** Of slots from Shelley on; slot 0 is where it would have been if all slots had been as long as Shelley's. */
	readonly slots: SlotClock;
	/**
	 * The epochs that Shelley, Allegra, Mary, Alonzo, Babbage and Conway began with (Ogmios, `queryLedgerState/eraSummaries`); of a network
	 * of which nobody says so, none: all began with its first epoch.
	 */
	readonly eraEpochs: readonly number[];
};

/**
 * Major versions whose rules this program knows: Conway's, up to the intra-era hard fork that nodes of 2025 announce. A header
 * of a higher one is not the peer's fault: this program is too old then.
 */
const PROTOCOL_VERSION_MAX = 11;

/** Of the public networks, and of those made from a genesis file. Sizes are those in force in Conway, the largest so far. */
export const CARDANO_LIMITS: Pick<ConsensusParams, 'protocolVersionMax' | 'headerBytesMax' | 'bodyBytesMax'> =
	{protocolVersionMax: PROTOCOL_VERSION_MAX, headerBytesMax: 1_100, bodyBytesMax: 90_112};

const COMMON = {
	...CARDANO_LIMITS,
	f: Ratio(1n, 20n),
	slotsPerKesPeriod: 129_600,
	maxKesEvolutions: 62,
} as const;

const LONG_EPOCHS = {k: 2_160, epochLength: 432_000} as const;
const SECOND_MS = 1_000;

/** The public networks, with the facts of their genesis files; `--shelley-genesis` compares the file with the hash. */
export const CARDANO_NETWORKS: readonly CardanoNetwork[] = [
	{
		name: 'mainnet',
		magic: 764_824_073,
		shelleyGenesisHash: '1a3be38bcbb7911969283716ad7aa550250226b76a61fc51cc9a9a35d9276d81',
		params: {...COMMON, ...LONG_EPOCHS, eraStart: {slot: Slot(4_492_800), epoch: Epoch(208)}},
		slots: {systemStartMs: 1_591_566_291_000, slotLengthMs: SECOND_MS},
		eraEpochs: [208, 236, 251, 290, 365, 507],
	},
	{
		name: 'preprod',
		magic: 1,
		shelleyGenesisHash: '162d29c4e1cf6b8a84f2d692e67a3ac6bc7851bc3e6e4afe64d15778bed8bd86',
		params: {...COMMON, ...LONG_EPOCHS, eraStart: {slot: Slot(86_400), epoch: Epoch(4)}},
		slots: {systemStartMs: 1_655_683_200_000, slotLengthMs: SECOND_MS},
		eraEpochs: [4, 5, 6, 7, 12, 163],
	},
	{
		name: 'preview',
		magic: 2,
		shelleyGenesisHash: '363498d1024f84bb39d3fa9593ce391483cb40d479b87233f868d6e57c3a400d',
		params: {...COMMON, k: 432, epochLength: 86_400, eraStart: {slot: Slot(0), epoch: Epoch(0)}},
		slots: {systemStartMs: 1_666_656_000_000, slotLengthMs: SECOND_MS},
		eraEpochs: [0, 0, 0, 0, 3, 646],
	},
];

/** What headers of that era are judged with: Conway freezes the candidate nonce earlier than the eras before it. */
export const paramsOfEra = ({params}: CardanoNetwork, era: CardanoEra): ConsensusParams => ({
	...params,
	candidateFreezeFactor: era === 'conway' ? 4 : 3,
});
