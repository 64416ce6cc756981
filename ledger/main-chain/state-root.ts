/** One hash over everything that the rules know, taken when a period closes. O(state). */
import {committeePacked} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {leafHash, merklePath, merkleRoot} from '#crypto/merkle-tree';
import {fromHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {forestRootKey} from '../proofs/forest-root.ts';
import {type LedgerReader, rowsOf, single} from '../state/reader.ts';
import {type TableName, tableCodecs, tableNames} from '../state/tables.ts';
import type {Committee} from './checkpoint.ts';

/** The tables under each root that is made of rows. */
const ACCOUNTS: readonly TableName[] = ['accounts', 'claims', 'chain', 'pots', 'multisigs', 'accessEpochs'];
const POOLS: readonly TableName[] = [
	'pools',
	'blocksMade',
	'snapshots',
	'cardanoPools',
	'stakeQuestion',
	'stakeAnswers',
	'stakeVotes',
	'attestedStake',
	'cardanoWeights',
];
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
	'payerAllowances',
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

type RowHash = {readonly table: TableName; readonly key: string; readonly hash: Hash32};

const rowHashes = <T extends TableName>(
	hasher: Hasher,
	reader: LedgerReader,
	table: T,
): readonly RowHash[] => {
	const number = Uint8Array.of(tableNames.indexOf(table));
	return [...rowsOf(reader, table)].map(([key, row]) => ({
		table,
		key,
		hash: leafHash(hasher, number, fromHex(key), encode(tableCodecs[table], row)),
	}));
};

const rowHashesOf = (
	hasher: Hasher,
	reader: LedgerReader,
	tables: readonly TableName[],
): readonly RowHash[] => tables.flatMap(table => rowHashes(hasher, reader, table));

/** Leaf = 0x00 | number of the table | key | row, tables in the given order, rows by key. */
const rootOfTables = (hasher: Hasher, reader: LedgerReader, tables: readonly TableName[]): Hash32 =>
	merkleRoot(
		hasher,
		rowHashesOf(hasher, reader, tables).map(({hash}) => hash),
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
const sectionHashes = (
	hasher: Hasher,
	reader: LedgerReader,
	{praosRoot, payoutRoot, nextCommittee}: StateRootParts,
): readonly Hash32[] => {
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
	return roots.map(root => leafHash(hasher, root));
};

export const stateRootOf = (hasher: Hasher, reader: LedgerReader, parts: StateRootParts): Hash32 =>
	merkleRoot(hasher, sectionHashes(hasher, reader, parts));

/** Of the roots under the state root: the one that providers are under. */
const PROVIDERS_SECTION = 2;

/** That a provider has proven a forest in an epoch, under a state root: siblings from the bottom up. */
export type ForestEvidence = {
	/** From the row to the providers' root. */
	readonly index: number;
	readonly path: readonly Hash32[];
	/** From the providers' root to the state root. */
	readonly sections: readonly Hash32[];
};

/** What a dispute on Cardano shows under a checkpoint; undefined when the provider has proven nothing in that epoch. */
export const forestEvidenceOf = (
	hasher: Hasher,
	reader: LedgerReader,
	parts: StateRootParts,
	{provider, epoch}: {readonly provider: Hash32; readonly epoch: Epoch},
): ForestEvidence | undefined => {
	const wanted = forestRootKey(epoch, provider);
	const rows = rowHashesOf(hasher, reader, PROVIDERS);
	const index = rows.findIndex(({table, key}) => table === 'forestRoots' && key === wanted);
	if (index < 0) return undefined;
	const path = merklePath(
		hasher,
		rows.map(({hash}) => hash),
		index,
	);
	const sections = merklePath(hasher, sectionHashes(hasher, reader, parts), PROVIDERS_SECTION);
	return {index, path, sections};
};
