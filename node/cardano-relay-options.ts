/** What a relay of Cardano is started with, read and checked. */
import {parseByronGenesis} from '#consensus/cardano/byron-genesis';
import {
	CARDANO_NETWORKS,
	type CardanoNetwork,
	isByronSlot,
	withByron,
} from '#consensus/cardano/cardano-network';
import {originParent, startInByron, startParent, unknownState} from '#consensus/cardano/cardano-parent';
import type {CardanoParent} from '#consensus/cardano/judge-cardano-header';
import {parseProtocolState} from '#consensus/cardano/protocol-state';
import {type CardanoStake, parseStakeDistribution} from '#consensus/cardano/stake-distribution';
import type {TrustLevel} from '#consensus/cardano/trust-level';
import type {PraosState} from '#consensus/praos-state';
import type {Crypto, Hasher} from '#crypto/crypto';
import {parseHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {type Epoch, Slot} from '#kernel/slot';
import type {Address} from '#relay/bearer/bearer';
import {localRootOf, type Topology} from '#relay/topology';
import {parseShelleyGenesis, shelleyGenesisHash} from './adapters/cardano-relay/shelley-genesis.ts';
import type {LogLevel} from './adapters/json-log.ts';
import {readBoundedFile} from './adapters/private-file.ts';
import type {CardanoNodeFile} from './option-file.ts';
import {readTopology} from './read-inputs.ts';

export type CardanoRelayConfig = {
	/** `mainnet`, `preprod` or `preview`; undefined: the network of the genesis file. */
	readonly network: string | undefined;
	readonly shelleyGenesis: string | undefined;
	readonly byronGenesis?: string | undefined;
	/** Of a network of its own genesis files; undefined: it has no Byron. */
	readonly shelleyEpoch?: number | undefined;
	readonly databasePath: string;
	readonly topology: string | undefined;
	/** Besides those of the topology, all of them to be followed. */
	readonly peers?: readonly Address[];
	/** Connections to keep; default 30. */
	readonly connections?: number;
	/** Default true. */
	readonly peerSharing?: boolean;
	readonly hostAddr: string;
	readonly port: number;
	/** Of the UNIX socket for tools on this machine; undefined: none. */
	readonly socketPath?: string | undefined;
	/** `SLOT.HASH`, or `origin`. */
	readonly startPoint: string | undefined;
	readonly protocolState: string | undefined;
	/** `EPOCH=FILE` */
	readonly stakeDistributions: readonly string[];
	readonly immutableDb: string | undefined;
	readonly trustLevel: TrustLevel | undefined;
	/** Older blocks may go; undefined: all are kept. */
	readonly keepDays?: number | undefined;
	/** Of the Prometheus endpoint; default 127.0.0.1. */
	readonly metricsHost?: string;
	/** Undefined: the usual one, if it is free. */
	readonly metricsPort: number | 'none' | undefined;
	/** Default `info`. */
	readonly logLevel?: LogLevel;
	/** When `--config` named a configuration of cardano-node: what that says besides. */
	readonly cardanoNode?: CardanoNodeFile | undefined;
};

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const POINT = /^(\d{1,15})[.,]([0-9a-fA-F]{64})$/;

const malformed = (message: string): NodeError => new NodeError({code: 'OPTION_MALFORMED', message});

const badFile = (file: string, code: string, failure: {readonly code: string}): NodeError => {
	const where =
		'field' in failure
			? ` at ${String(failure.field)}: ${String(Reflect.get(failure, 'expected'))} belongs there`
			: '';
	return new NodeError({code, file, failure, message: `${file} is not what it should be${where}.`});
};

type GenesisFiles = Pick<CardanoRelayConfig, 'network' | 'shelleyGenesis' | 'byronGenesis' | 'shelleyEpoch'>;

const readShelleyNetwork = async (
	hasher: Hasher,
	{network: name, shelleyGenesis: file}: GenesisFiles,
): Promise<CardanoNetwork> => {
	const known = CARDANO_NETWORKS.find(network => network.name === name);
	if (name !== undefined && known === undefined)
		throw new NodeError({
			code: 'CARDANO_NETWORK_UNKNOWN',
			message: `${name} is not one of ${CARDANO_NETWORKS.map(network => network.name).join(', ')}; another network is named by its --shelley-genesis alone.`,
		});
	if (file === undefined) {
		if (known !== undefined) return known;
		throw new NodeError({
			code: 'OPTION_MISSING',
			message: 'Say which network: --network mainnet, preprod or preview, or --shelley-genesis FILE.',
		});
	}
	const text = await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX});
	if (known !== undefined) {
		const found = shelleyGenesisHash(hasher, text);
		if (found === known.shelleyGenesisHash) return known;
		throw new NodeError({
			code: 'CARDANO_GENESIS_OTHER',
			file,
			expected: known.shelleyGenesisHash,
			found,
			message: `${file} is not the Shelley genesis of ${known.name}: its hash is another.`,
		});
	}
	const parsed = parseShelleyGenesis(hasher, text);
	if (!parsed.ok) throw badFile(file, 'CARDANO_GENESIS_BAD', parsed.error);
	// Of a public network more is known than its file says.
	const {shelleyGenesisHash: hash} = parsed.value;
	return CARDANO_NETWORKS.find(network => network.shelleyGenesisHash === hash) ?? parsed.value;
};

/** Throws CARDANO_NETWORK_UNKNOWN, CARDANO_GENESIS_BAD, CARDANO_GENESIS_OTHER and FILE_…. */
export const readCardanoNetwork = async (crypto: Crypto, files: GenesisFiles): Promise<CardanoNetwork> => {
	const network = await readShelleyNetwork(crypto, files);
	const {byronGenesis: file, shelleyEpoch = 0} = files;
	if (file === undefined) return network;
	const parsed = parseByronGenesis(crypto, await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}));
	if (!parsed.ok) throw badFile(file, 'CARDANO_GENESIS_BAD', parsed.error);
	const {hash: found, networkMagic, keys} = parsed.value;
	const {byron} = network;
	const expected = byron?.genesisHash ?? found;
	if (found !== expected || networkMagic !== network.magic)
		throw new NodeError({
			code: 'CARDANO_GENESIS_OTHER',
			file,
			expected,
			found,
			networkMagic,
			message: `${file} is not the Byron genesis of ${network.name}: its hash or its network magic is another.`,
		});
	return byron === undefined
		? withByron(network, parsed.value, shelleyEpoch)
		: {...network, byron: {...byron, keys}};
};

/** Throws CARDANO_PROTOCOL_STATE_BAD and FILE_…. */
const readProtocolState = async (network: CardanoNetwork, file: string): Promise<PraosState> => {
	const parsed = parseProtocolState(network, await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}));
	if (!parsed.ok) throw badFile(file, 'CARDANO_PROTOCOL_STATE_BAD', parsed.error);
	return parsed.value;
};

/** What the first block is judged against. Throws OPTION_MALFORMED, CARDANO_PROTOCOL_STATE_OTHER and as above. */
export const readStart = async (
	network: CardanoNetwork,
	{startPoint, protocolState}: Pick<CardanoRelayConfig, 'startPoint' | 'protocolState'>,
): Promise<CardanoParent | undefined> => {
	if (startPoint === undefined) return undefined;
	if (startPoint === 'origin') {
		if (protocolState === undefined) return originParent(network);
		throw malformed('--start-point origin goes without --protocol-state: what a chain begins with is known.');
	}
	const [, slotText = '', hashText = ''] = POINT.exec(startPoint) ?? [];
	const hash = parseHex(hashText);
	if (slotText === '' || hash === undefined)
		throw malformed(`--start-point wants SLOT.HASH or origin, not "${startPoint}".`);
	const slot = Slot(Number(slotText));
	const point = {slot, hash: Hash32(hash)};
	if (protocolState === undefined && isByronSlot(network, slot)) return startInByron(network, point);
	const state =
		protocolState === undefined
			? unknownState(network, point)
			: await readProtocolState(network, protocolState);
	if (state.lastSlot !== slot)
		throw new NodeError({
			code: 'CARDANO_PROTOCOL_STATE_OTHER',
			startSlot: slot,
			stateSlot: state.lastSlot,
			message: `The protocol state is of slot ${state.lastSlot}, the start point of slot ${slot}: both have to be of one block.`,
		});
	return startParent(point, state);
};

/** A file says most of the epoch that it is given for; a snapshot fills the epochs beside it where no file does. Throws OPTION_MALFORMED, CARDANO_STAKE_BAD and FILE_…. */
export const readStake = async (
	files: readonly string[],
): Promise<(epoch: Epoch) => CardanoStake | undefined> => {
	const given = new Map<number, CardanoStake>();
	const beside = new Map<number, CardanoStake>();
	for (const option of files) {
		const [, epochText = '', file = ''] = /^(\d{1,7})=(.+)$/.exec(option) ?? [];
		if (epochText === '') throw malformed(`--stake-distribution wants EPOCH=FILE, not "${option}".`);
		const parsed = parseStakeDistribution(await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}));
		if (!parsed.ok) throw badFile(file, 'CARDANO_STAKE_BAD', parsed.error);
		const {before, current, after} = parsed.value;
		const epoch = Number(epochText);
		given.set(epoch, current);
		if (before !== undefined) beside.set(epoch - 1, before);
		if (after !== undefined) beside.set(epoch + 1, after);
	}
	return epoch => given.get(epoch) ?? beside.get(epoch);
};

/** The topology file with the peers that were named besides. Throws TOPOLOGY_BAD and FILE_…. */
export const readRelayTopology = async ({
	topology: file,
	peers = [],
}: Pick<CardanoRelayConfig, 'topology' | 'peers'>): Promise<Topology> => {
	const topology = await readTopology(file);
	if (peers.length === 0) return topology;
	const root = localRootOf(peers, {advertise: false});
	return {...topology, localRoots: [...topology.localRoots, root]};
};
