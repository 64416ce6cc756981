/** One hash over everything that the rules know, taken when a period closes. O(state). */
import {committeePacked} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {leafHash, merkleRoot} from '#crypto/merkle-tree';
import {fromHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {type LedgerReader, rowsOf, single} from '../state/reader.ts';
import {type TableName, tableCodecs, tableNames} from '../state/tables.ts';
import type {Committee} from './checkpoint.ts';

/** The tables under each root that is made of rows. */
const ACCOUNTS: readonly TableName[] = ['accounts', 'claims', 'chain', 'pots', 'multisigs', 'accessEpochs'];
const POOLS: readonly TableName[] = ['pools', 'blocksMade', 'snapshots'];
const PROVIDERS: readonly TableName[] = [
	'providers',
	'providerAgreements',
	'commitments',
	'challenge',
	'trackRecords',
	'subsidies',
	'maintenance',
	'forestRoots',
];
const AGREEMENTS: readonly TableName[] = [
	'agreements',
	'payers',
	'repairs',
	'channels',
	'heads',
	'omissions',
	'serviceClasses',
	'retrievalDemands',
];
const SLASHES: readonly TableName[] = ['slashes'];
const GOVERNANCE: readonly TableName[] = ['governance'];
/** What of periods stands between this checkpoint and the last one on Cardano. */
const CHECKPOINTS: readonly TableName[] = [
	'pendingCheckpoints',
	'checkpointSignatures',
	'payouts',
	'confirmedCheckpoint',
];

/** Every table but the withdrawals, which the payout root covers. */
export const tablesInRoot: readonly TableName[] = [
	...ACCOUNTS,
	...POOLS,
	...PROVIDERS,
	...AGREEMENTS,
	...SLASHES,
	...GOVERNANCE,
	...CHECKPOINTS,
];

const rowHashes = <T extends TableName>(
	hasher: Hasher,
	reader: LedgerReader,
	table: T,
): readonly Hash32[] => {
	const number = Uint8Array.of(tableNames.indexOf(table));
	return [...rowsOf(reader, table)].map(([key, row]) =>
		leafHash(hasher, number, fromHex(key), encode(tableCodecs[table], row)),
	);
};

/** Leaf = 0x00 | number of the table | key | row, tables in the given order, rows by key. */
const rootOfTables = (hasher: Hasher, reader: LedgerReader, tables: readonly TableName[]): Hash32 =>
	merkleRoot(
		hasher,
		tables.flatMap(table => rowHashes(hasher, reader, table)),
	);

export type StateRootParts = {
	/** Of the Praos state: nonces, counters. */
	readonly praosRoot: Hash32;
	readonly payoutRoot: Hash32;
	readonly nextCommittee: Committee;
};

/**
 * accounts; pools and snapshots; providers; agreements, payers, channels and heads; Praos state, committees and open checkpoints;
 * withdrawals; slashes; governance (consensus.md, "State root and committee"). No row is left out:
 * a node that starts from a state with this root goes on as every other does.
 */
export const stateRootOf = (
	hasher: Hasher,
	reader: LedgerReader,
	{praosRoot, payoutRoot, nextCommittee}: StateRootParts,
): Hash32 => {
	const {committee} = single(reader, 'confirmedCheckpoint');
	const praos = [
		praosRoot,
		committeePacked(committee),
		committeePacked(nextCommittee),
		rootOfTables(hasher, reader, CHECKPOINTS),
	];
	const roots = [
		rootOfTables(hasher, reader, ACCOUNTS),
		rootOfTables(hasher, reader, POOLS),
		rootOfTables(hasher, reader, PROVIDERS),
		rootOfTables(hasher, reader, AGREEMENTS),
		merkleRoot(
			hasher,
			praos.map(part => leafHash(hasher, part)),
		),
		payoutRoot,
		rootOfTables(hasher, reader, SLASHES),
		rootOfTables(hasher, reader, GOVERNANCE),
	];
	return merkleRoot(
		hasher,
		roots.map(root => leafHash(hasher, root)),
	);
};
