import {err, ok, type Result} from '#kernel/result';
import type {Address} from './bearer/bearer.ts';

/** A group of peers that the operator trusts. */
export type LocalRoot = {
	readonly accessPoints: readonly Address[];
	/** How many of them to stay connected to. */
	readonly valency: number;
	/** Whether others may be told of them. */
	readonly advertise: boolean;
};

export type PublicRoot = {readonly accessPoints: readonly Address[]; readonly advertise: boolean};

/** cardano-node's `topology.json` in its peer-to-peer form. `host` is an IP address or a DNS name. */
export type Topology = {
	readonly localRoots: readonly LocalRoot[];
	readonly publicRoots: readonly PublicRoot[];
	readonly bootstrapPeers: readonly Address[];
	/** Peers from the ledger are used from this slot on; undefined: never. */
	readonly useLedgerAfterSlot: number | undefined;
};

export type TopologyFailure =
	| {readonly code: 'TOPOLOGY_NOT_JSON'}
	/** `field` is the path to what is wrong, `expected` what belongs there. */
	| {readonly code: 'TOPOLOGY_FIELD_WRONG'; readonly field: string; readonly expected: string}
	/** The old form with `Producers`. */
	| {readonly code: 'TOPOLOGY_NOT_P2P'};

const TEXT_LENGTH_MAX = 1_000_000;
const ROOTS_MAX = 1_000;
const ACCESS_POINTS_MAX = 1_000;

class Wrong extends Error {
	readonly failure: TopologyFailure;
	constructor(field: string, expected: string) {
		super(field);
		this.failure = {code: 'TOPOLOGY_FIELD_WRONG', field, expected};
	}
}

type Fields = Readonly<Record<string, unknown>>;

const object = (value: unknown, field: string): Fields => {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new Wrong(field, 'an object');
	return value as Fields;
};

const listOf = <T>(
	value: unknown,
	field: string,
	max: number,
	item: (value: unknown, field: string) => T,
): readonly T[] => {
	if (!Array.isArray(value)) throw new Wrong(field, 'a list');
	if (value.length > max) throw new Wrong(field, `at most ${max} entries`);
	return value.map((one, index) => item(one, `${field}[${index}]`));
};

const integer = (value: unknown, field: string, min: number, max: number): number => {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
		throw new Wrong(field, `an integer from ${min} to ${max}`);
	return value;
};

const flag = (value: unknown, field: string): boolean => {
	if (value === undefined) return false;
	if (typeof value !== 'boolean') throw new Wrong(field, 'true or false');
	return value;
};

/** No spaces, no slashes: nothing that a resolver would read otherwise than we do. */
const HOST = /^[0-9A-Za-z._:-]{1,253}$/;

const accessPoint = (value: unknown, field: string): Address => {
	const {address, port} = object(value, field);
	if (typeof address !== 'string' || !HOST.test(address))
		throw new Wrong(`${field}.address`, 'an IP address or a DNS name');
	return {host: address, port: integer(port, `${field}.port`, 1, 0xff_ff)};
};

const accessPoints = (value: unknown, field: string): readonly Address[] =>
	listOf(value, field, ACCESS_POINTS_MAX, accessPoint);

const localRoot = (value: unknown, field: string): LocalRoot => {
	const root = object(value, field);
	const points = accessPoints(root['accessPoints'], `${field}.accessPoints`);
	// cardano-node 8.x calls it hotValency; both default to all of them.
	const name = root['hotValency'] === undefined ? 'valency' : 'hotValency';
	const valency = root[name] ?? points.length;
	return {
		accessPoints: points,
		valency: integer(valency, `${field}.${name}`, 0, points.length),
		advertise: flag(root['advertise'], `${field}.advertise`),
	};
};

const publicRoot = (value: unknown, field: string): PublicRoot => {
	const root = object(value, field);
	return {
		accessPoints: accessPoints(root['accessPoints'], `${field}.accessPoints`),
		advertise: flag(root['advertise'], `${field}.advertise`),
	};
};

const readTopology = (json: unknown): Result<Topology, TopologyFailure> => {
	const root = object(json, 'topology');
	if (root['Producers'] !== undefined) return err({code: 'TOPOLOGY_NOT_P2P'});
	const {localRoots, publicRoots = [], bootstrapPeers, useLedgerAfterSlot} = root;
	const after =
		useLedgerAfterSlot === undefined || useLedgerAfterSlot === null
			? -1
			: integer(useLedgerAfterSlot, 'useLedgerAfterSlot', -1, Number.MAX_SAFE_INTEGER);
	return ok({
		localRoots: listOf(localRoots, 'localRoots', ROOTS_MAX, localRoot),
		publicRoots: listOf(publicRoots, 'publicRoots', ROOTS_MAX, publicRoot),
		bootstrapPeers:
			bootstrapPeers === undefined || bootstrapPeers === null
				? []
				: accessPoints(bootstrapPeers, 'bootstrapPeers'),
		useLedgerAfterSlot: after < 0 ? undefined : after,
	});
};

/** Reads a topology file; a failure names the field. Unknown fields are left alone, as cardano-node does. */
export const parseTopology = (text: string): Result<Topology, TopologyFailure> => {
	if (text.length > TEXT_LENGTH_MAX) return err({code: 'TOPOLOGY_NOT_JSON'});
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return err({code: 'TOPOLOGY_NOT_JSON'});
	}
	try {
		return readTopology(json);
	} catch (error) {
		if (error instanceof Wrong) return err(error.failure);
		throw error;
	}
};
