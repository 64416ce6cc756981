/** The files that a node starts from, read and checked. */
import path from 'node:path';
import type {Crypto, Hasher} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {type LedgerEnv, ledgerEnv} from '#ledger/environment';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import {type Deployment, decodeDeployment} from '#onchain/deployment';
import {PEER_SNAPSHOT_LENGTH_MAX, type PeerSnapshot, parsePeerSnapshot} from '#relay/peer-snapshot';
import {NO_PEERS, parseTopology, type Topology} from '#relay/topology';
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

const badField = (failure: {readonly code: string}): string =>
	'field' in failure && 'expected' in failure
		? `${failure.code}: ${String(failure.field)} wants ${String(failure.expected)}`
		: failure.code;

/** Beside the topology that names it, unless it has a whole path. */
const readPeerSnapshot = async (topologyFile: string, name: string): Promise<PeerSnapshot> => {
	const file = path.resolve(path.dirname(topologyFile), name);
	const snapshot = parsePeerSnapshot(await readBoundedFile(file, {bytesMax: PEER_SNAPSHOT_LENGTH_MAX}));
	if (snapshot.ok) return snapshot.value;
	throw new NodeError({
		code: 'PEER_SNAPSHOT_BAD',
		file,
		failure: snapshot.error,
		message: `${file} is not a peer snapshot: ${badField(snapshot.error)}.`,
	});
};

/** With the peer snapshot that it names. Throws TOPOLOGY_BAD, PEER_SNAPSHOT_BAD and FILE_…. */
export const readTopology = async (file: string | undefined): Promise<Topology> => {
	if (file === undefined) return NO_PEERS;
	const topology = parseTopology(await readBoundedFile(file, {bytesMax: TOPOLOGY_BYTES_MAX}));
	if (!topology.ok)
		throw new NodeError({
			code: 'TOPOLOGY_BAD',
			file,
			failure: topology.error,
			message: `${file} is not a topology: ${badField(topology.error)}.`,
		});
	const {peerSnapshotFile} = topology.value;
	if (peerSnapshotFile === undefined) return topology.value;
	return {...topology.value, snapshot: await readPeerSnapshot(file, peerSnapshotFile)};
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
