import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import type {ConsensusParams} from '../params.ts';
import type {SlotClock} from '../time.ts';
import type {ByronGenesis, ByronGenesisKey} from './byron-genesis.ts';
import {MAINNET_BYRON_KEYS, PREPROD_BYRON_KEYS} from './byron-genesis-keys.ts';
import type {PoolEra} from './era.ts';

/** What of byron-genesis.json a network's first era is judged with. */
export type ByronFacts = {
	/** In hexadecimal; the first block names it as its parent. */
	readonly genesisHash: string;
	readonly k: number;
	readonly slotLengthMs: number;
	/** Undefined: nobody gave us the file, and only signatures can be checked. */
	readonly keys: readonly ByronGenesisKey[] | undefined;
};

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
	/** Undefined: the network has no Byron, or it is not known. */
	readonly byron?: ByronFacts | undefined;
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
const BYRON = {k: 2_160, slotLengthMs: 20_000} as const;

/** The public networks, with the facts of their genesis files; `--shelley-genesis` compares the file with the hash. */
export const CARDANO_NETWORKS: readonly CardanoNetwork[] = [
	{
		name: 'mainnet',
		magic: 764_824_073,
		shelleyGenesisHash: '1a3be38bcbb7911969283716ad7aa550250226b76a61fc51cc9a9a35d9276d81',
		params: {...COMMON, ...LONG_EPOCHS, eraStart: {slot: Slot(4_492_800), epoch: Epoch(208)}},
		slots: {systemStartMs: 1_591_566_291_000, slotLengthMs: SECOND_MS},
		eraEpochs: [208, 236, 251, 290, 365, 507],
		byron: {
			...BYRON,
			genesisHash: '5f20df933584822601f9e3f8c024eb5eb252fe8cefb24d1317dc3d432e940ebb',
			keys: MAINNET_BYRON_KEYS,
		},
	},
	{
		name: 'preprod',
		magic: 1,
		shelleyGenesisHash: '162d29c4e1cf6b8a84f2d692e67a3ac6bc7851bc3e6e4afe64d15778bed8bd86',
		params: {...COMMON, ...LONG_EPOCHS, eraStart: {slot: Slot(86_400), epoch: Epoch(4)}},
		slots: {systemStartMs: 1_655_683_200_000, slotLengthMs: SECOND_MS},
		eraEpochs: [4, 5, 6, 7, 12, 163],
		byron: {
			...BYRON,
			genesisHash: 'd4b8de7a11d929a323373cbab6c1a9bdc931beffff11db111cf9d57356ee1937',
			keys: PREPROD_BYRON_KEYS,
		},
	},
	{
		name: 'preview',
		magic: 2,
		shelleyGenesisHash: '363498d1024f84bb39d3fa9593ce391483cb40d479b87233f868d6e57c3a400d',
		params: {...COMMON, k: 432, epochLength: 86_400, eraStart: {slot: Slot(0), epoch: Epoch(0)}},
		slots: {systemStartMs: 1_666_656_000_000, slotLengthMs: SECOND_MS},
		eraEpochs: [0, 0, 0, 0, 3, 646],
		byron: {
			k: 432,
			slotLengthMs: 20_000,
			genesisHash: '83de1d7302569ad56cf9139a41e2e11346d4cb4a31c00142557b6ab3fa550761',
			keys: undefined,
		},
	},
];

/** A network of its own genesis files, whose Shelley begins with that epoch. `network` is that of its Shelley genesis, from slot 0 on. */
export const withByron = (
	network: CardanoNetwork,
	{hash, k, slotLengthMs, keys}: ByronGenesis,
	shelleyEpoch: number,
): CardanoNetwork => {
	const slot = shelleyEpoch * 10 * k;
	const {systemStartMs, slotLengthMs: laterMs} = network.slots;
	return {
		...network,
		params: {...network.params, eraStart: {slot: Slot(slot), epoch: Epoch(shelleyEpoch)}},
		slots: {systemStartMs: systemStartMs + slot * (slotLengthMs - laterMs), slotLengthMs: laterMs},
		byron: {genesisHash: hash, k, slotLengthMs, keys},
	};
};

/** Whether a slot is before Shelley's first; no Byron is known of a network without its facts. */
export const isByronSlot = ({params}: Pick<CardanoNetwork, 'params'>, slot: number): boolean =>
	slot < (params.eraStart?.slot ?? 0);

/** What headers of that era are judged with: Conway freezes the candidate nonce earlier than the eras before it. */
export const paramsOfEra = ({params}: CardanoNetwork, era: PoolEra): ConsensusParams => ({
	...params,
	candidateFreezeFactor: era === 'conway' ? 4 : 3,
});
