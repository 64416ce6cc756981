/** cardano-node's peer-snapshot file: where the pools with most of the stake can be reached. Pure. */
import type {Result} from '#kernel/result';
import type {Address} from './bearer/bearer.ts';
import {
	type Fields,
	integer,
	listOf,
	object,
	readFields,
	type WrongField,
	WrongFieldError,
} from './json-fields.ts';

export type LedgerPool = {
	/** Its share of all stake, 0 to 1: only a weight when peers are drawn. */
	readonly stake: number;
	readonly relays: readonly Address[];
};

export type PeerSnapshot = {
	/** The slot of the ledger that it was taken of. */
	readonly slot: number;
	/** Undefined in the older forms, which do not say it. */
	readonly networkMagic: number | undefined;
	/** Those with the most stake, nine tenths of it together. */
	readonly bigPools: readonly LedgerPool[];
	/** All of them; empty in a file that has the big ones only. */
	readonly pools: readonly LedgerPool[];
};

export type PeerSnapshotFailure =
	| {readonly code: 'PEER_SNAPSHOT_NOT_JSON'}
	| ({readonly code: 'PEER_SNAPSHOT_FIELD_WRONG'} & WrongField);

export const PEER_SNAPSHOT_LENGTH_MAX = 16_000_000;
const POOLS_MAX = 20_000;
const RELAYS_MAX = 100;
/** Of pools sorted by stake, those that hold this much of it together are big (`bigLedgerPeerQuota` of ouroboros-network). */
const BIG_SHARE = 0.9;

const HOST = /^[0-9A-Za-z._:-]{1,253}$/;

/** `address` is an IP address, `domain` a name; a relay without a port is an SRV record, and those are left out. */
const relay = (value: unknown, field: string): Address | undefined => {
	const fields = object(value, field);
	const name = fields['address'] === undefined ? 'domain' : 'address';
	const host = fields[name];
	if (typeof host !== 'string' || !HOST.test(host))
		throw new WrongFieldError({field: `${field}.${name}`, expected: 'an IP address or a DNS name'});
	if (fields['port'] === undefined) return undefined;
	return {host, port: integer(fields['port'], `${field}.port`, 1, 0xff_ff)};
};

const pool = (value: unknown, field: string): LedgerPool => {
	const {relativeStake: stake, relays} = object(value, field);
	if (typeof stake !== 'number' || !(stake >= 0 && stake <= 1))
		throw new WrongFieldError({field: `${field}.relativeStake`, expected: 'a number from 0 to 1'});
	return {
		stake,
		relays: listOf(relays, `${field}.relays`, RELAYS_MAX, relay).filter(one => one !== undefined),
	};
};

const slotOf = ({slotNo, Point: point}: Fields): number => {
	if (slotNo !== undefined)
		return slotNo === 'origin' ? 0 : integer(slotNo, 'slotNo', 0, Number.MAX_SAFE_INTEGER);
	if (point === 'origin') return 0;
	const {blockPointSlot} = object(point, 'Point');
	return integer(blockPointSlot, 'Point.blockPointSlot', 0, Number.MAX_SAFE_INTEGER);
};

const poolsIn = (root: Fields, name: string): readonly LedgerPool[] =>
	root[name] === undefined ? [] : listOf(root[name], name, POOLS_MAX, pool);

/** The fewest pools that hold nine tenths of the stake of all. */
const biggestOf = (pools: readonly LedgerPool[]): readonly LedgerPool[] => {
	const sorted = [...pools].sort((a, b) => b.stake - a.stake);
	const all = sorted.reduce((sum, {stake}) => sum + stake, 0);
	let before = 0;
	return sorted.filter(({stake}) => {
		const isBig = before < BIG_SHARE * all;
		before += stake;
		return isBig;
	});
};

const readSnapshot = (root: Fields): PeerSnapshot => {
	const {NetworkMagic: magic, bigLedgerPools, allLedgerPools} = root;
	if (bigLedgerPools === undefined && allLedgerPools === undefined)
		throw new WrongFieldError({field: 'bigLedgerPools', expected: 'a list'});
	const pools = poolsIn(root, 'allLedgerPools');
	return {
		slot: slotOf(root),
		networkMagic: magic === undefined ? undefined : integer(magic, 'NetworkMagic', 0, 0xff_ff_ff_ff),
		bigPools: bigLedgerPools === undefined ? biggestOf(pools) : poolsIn(root, 'bigLedgerPools'),
		pools,
	};
};

/** Reads the file in the forms of cardano-node 10: versions 1 and 2, and that of node-to-client 23. */
export const parsePeerSnapshot = (text: string): Result<PeerSnapshot, PeerSnapshotFailure> =>
	readFields(
		text,
		{
			root: 'snapshot',
			lengthMax: PEER_SNAPSHOT_LENGTH_MAX,
			notJson: 'PEER_SNAPSHOT_NOT_JSON',
			wrong: 'PEER_SNAPSHOT_FIELD_WRONG',
		},
		readSnapshot,
	);

/**
 * At most `count` relays, of as many pools, each pool once and with a chance that grows with its stake: with its square root among all
 * (as cardano-node does, so that the small ones are met too), with the stake itself among the big ones. `random`: in [0, 1).
 */
export const drawRelays = (
	pools: readonly LedgerPool[],
	count: number,
	{byRoot, random}: {readonly byRoot: boolean; readonly random: () => number},
): readonly Address[] => {
	// The order of log(u) / weight is that of drawing one by one without putting back (Efraimidis and Spirakis).
	const drawn = pools
		.filter(({stake, relays}) => stake > 0 && relays.length > 0)
		.map(({stake, relays}) => ({
			relays,
			rank: Math.log(1 - random()) / (byRoot ? Math.sqrt(stake) : stake),
		}))
		.sort((a, b) => b.rank - a.rank)
		.slice(0, count);
	return drawn.map(({relays}) => relays[Math.floor(random() * relays.length)] as Address);
};
