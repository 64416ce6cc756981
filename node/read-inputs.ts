/** The files that a node starts from, read and checked. */
import type {Crypto, Hasher} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {type LedgerEnv, ledgerEnv} from '#ledger/environment';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import {type Deployment, decodeDeployment} from '#onchain/deployment';
import {parseTopology, type Topology} from '#relay/topology';
import {readBoundedFile} from './adapters/private-file.ts';

const GENESIS_BYTES_MAX = 256 * 1024 * 1024;
const TOPOLOGY_BYTES_MAX = 1_000_000;
const DEPLOYMENT_BYTES_MAX = 1_000_000;

/** Throws GENESIS_BAD and FILE_…. */
export const readGenesis = async (crypto: Crypto, file: string): Promise<LedgerEnv> => {
	const genesis = parseGenesisJson(await readBoundedFile(file, {bytesMax: GENESIS_BYTES_MAX}));
	if (genesis.ok) return ledgerEnv(crypto, genesis.value);
	const where = 'field' in genesis.error ? ` at ${String(genesis.error.field)}` : '';
	throw new NodeError({
		code: 'GENESIS_BAD',
		file,
		failure: genesis.error,
		message: `${file} is not a genesis${where}: ${genesis.error.code}.`,
	});
};

const NO_PEERS: Topology = {
	localRoots: [],
	publicRoots: [],
	bootstrapPeers: [],
	useLedgerAfterSlot: undefined,
};

/** Throws TOPOLOGY_BAD and FILE_…. */
export const readTopology = async (file: string | undefined): Promise<Topology> => {
	if (file === undefined) return NO_PEERS;
	const topology = parseTopology(await readBoundedFile(file, {bytesMax: TOPOLOGY_BYTES_MAX}));
	if (topology.ok) return topology.value;
	throw new NodeError({
		code: 'TOPOLOGY_BAD',
		file,
		failure: topology.error,
		message: `${file} is not a topology: ${topology.error.code}.`,
	});
};

/** Throws DEPLOYMENT_… and FILE_…. */
export const readDeployment = async (hasher: Hasher, file: string): Promise<Deployment> => {
	const text = await readBoundedFile(file, {bytesMax: DEPLOYMENT_BYTES_MAX});
	const deployment = decodeDeployment(hasher, text);
	if (deployment.ok) return deployment.value;
	throw new NodeError({
		...deployment.error,
		file,
		message: `${file} is not a deployment record: ${deployment.error.code}.`,
	});
};
