import {err, ok, type Result} from '#kernel/result';
import {type Address, addressText} from './bearer/bearer.ts';
import {
	type Fields,
	flag,
	integer,
	listOf,
	object,
	readFields,
	type WrongField,
	WrongFieldError,
} from './json-fields.ts';
import type {PeerSnapshot} from './peer-snapshot.ts';

/** A group of peers that the operator chose. */
export type LocalRoot = {
	readonly accessPoints: readonly Address[];
	/** How many of them to follow. */
	readonly hotValency: number;
	/** How many of them to stay connected to, those that are followed included. */
	readonly warmValency: number;
	/** Whether others may be told of them. */
	readonly advertise: boolean;
	/** Whether they are good enough for a node that has yet to catch up and takes nobody's word but bootstrap peers'. */
	readonly trustable: boolean;
};

export type PublicRoot = {readonly accessPoints: readonly Address[]; readonly advertise: boolean};

/** cardano-node's `topology.json` in its peer-to-peer form. `host` is an IP address or a DNS name. */
export type Topology = {
	readonly localRoots: readonly LocalRoot[];
	readonly publicRoots: readonly PublicRoot[];
	readonly bootstrapPeers: readonly Address[];
	/** Peers from the ledger are used from this slot on; undefined: never. */
	readonly useLedgerAfterSlot: number | undefined;
	/** The file with the relays of pools, as the topology names it: relative to the topology's own folder. */
	readonly peerSnapshotFile: string | undefined;
	/** What was read from that file, by whoever reads files. */
	readonly snapshot: PeerSnapshot | undefined;
};

export const NO_PEERS: Topology = {
	localRoots: [],
	publicRoots: [],
	bootstrapPeers: [],
	useLedgerAfterSlot: undefined,
	peerSnapshotFile: undefined,
	snapshot: undefined,
};

/** A group of which every peer is followed. */
export const localRootOf = (
	accessPoints: readonly Address[],
	{advertise}: Pick<LocalRoot, 'advertise'>,
): LocalRoot => ({
	accessPoints,
	hotValency: accessPoints.length,
	warmValency: accessPoints.length,
	advertise,
	trustable: false,
});

export type TopologyFailure =
	| {readonly code: 'TOPOLOGY_NOT_JSON'}
	/** `field` is the path to what is wrong, `expected` what belongs there. */
	| ({readonly code: 'TOPOLOGY_FIELD_WRONG'} & WrongField)
	/** The old form with `Producers`. */
	| {readonly code: 'TOPOLOGY_NOT_P2P'};

const TEXT_LENGTH_MAX = 1_000_000;
const ROOTS_MAX = 1_000;
const ACCESS_POINTS_MAX = 1_000;
const PATH_LENGTH_MAX = 4_096;

/** No spaces, no slashes: nothing that a resolver would read otherwise than we do. */
const HOST = /^[0-9A-Za-z._:-]{1,253}$/;

const accessPoint = (value: unknown, field: string): Address => {
	const {address, port} = object(value, field);
	if (typeof address !== 'string' || !HOST.test(address))
		throw new WrongFieldError({field: `${field}.address`, expected: 'an IP address or a DNS name'});
	return {host: address, port: integer(port, `${field}.port`, 1, 0xff_ff)};
};

const accessPoints = (value: unknown, field: string): readonly Address[] =>
	listOf(value, field, ACCESS_POINTS_MAX, accessPoint);

/** A valency counts peers: one that is named twice is one. */
const peersIn = (points: readonly Address[]): number => new Set(points.map(addressText)).size;

const localRoot = (value: unknown, field: string): LocalRoot => {
	const root = object(value, field);
	const points = accessPoints(root['accessPoints'], `${field}.accessPoints`);
	const peers = peersIn(points);
	// `valency` is the name until cardano-node 8.x; without either, all of them are followed.
	const name = root['hotValency'] === undefined ? 'valency' : 'hotValency';
	const hotValency = integer(root[name] ?? peers, `${field}.${name}`, 0, peers);
	return {
		accessPoints: points,
		hotValency,
		warmValency: integer(root['warmValency'] ?? hotValency, `${field}.warmValency`, hotValency, peers),
		advertise: flag(root['advertise'], `${field}.advertise`),
		trustable: flag(root['trustable'], `${field}.trustable`),
	};
};

const publicRoot = (value: unknown, field: string): PublicRoot => {
	const root = object(value, field);
	return {
		accessPoints: accessPoints(root['accessPoints'], `${field}.accessPoints`),
		advertise: flag(root['advertise'], `${field}.advertise`),
	};
};

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

const slotOf = (value: unknown): number | undefined => {
	if (isAbsent(value)) return undefined;
	const slot = integer(value, 'useLedgerAfterSlot', -1, Number.MAX_SAFE_INTEGER);
	return slot < 0 ? undefined : slot;
};

const fileOf = (value: unknown): string | undefined => {
	if (isAbsent(value)) return undefined;
	if (typeof value !== 'string' || value === '' || value.length > PATH_LENGTH_MAX || value.includes('\0'))
		throw new WrongFieldError({field: 'peerSnapshotFile', expected: 'the path of a file'});
	return value;
};

const readTopology = (root: Fields): Topology => {
	const {localRoots, publicRoots = [], bootstrapPeers} = root;
	return {
		localRoots: listOf(localRoots, 'localRoots', ROOTS_MAX, localRoot),
		publicRoots: listOf(publicRoots, 'publicRoots', ROOTS_MAX, publicRoot),
		bootstrapPeers: isAbsent(bootstrapPeers) ? [] : accessPoints(bootstrapPeers, 'bootstrapPeers'),
		useLedgerAfterSlot: slotOf(root['useLedgerAfterSlot']),
		peerSnapshotFile: fileOf(root['peerSnapshotFile']),
		snapshot: undefined,
	};
};

/** Reads a topology file; a failure names the field. Unknown fields are left alone, as cardano-node does. */
export const parseTopology = (text: string): Result<Topology, TopologyFailure> => {
	const read = readFields(
		text,
		{
			root: 'topology',
			lengthMax: TEXT_LENGTH_MAX,
			notJson: 'TOPOLOGY_NOT_JSON',
			wrong: 'TOPOLOGY_FIELD_WRONG',
		},
		root => (root['Producers'] === undefined ? readTopology(root) : undefined),
	);
	if (!read.ok) return read;
	return read.value === undefined ? err({code: 'TOPOLOGY_NOT_P2P'}) : ok(read.value);
};
