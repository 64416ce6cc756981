/** From a chain to the bytes of a snapshot file: the state of a closed period and the blocks since that are final. */
import {equalBytes} from '#kernel/bytes';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo, Slot} from '#kernel/slot';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {periodName, pinnedPeriods} from '../chain/period-snapshots.ts';
import type {SnapshotManifest} from './snapshot-file.ts';
import {decodeSnapshotState, periodEndAfter, periodEndSlot, snapshotBlock} from './verify-snapshot.ts';
import {writeSnapshotFile} from './write-snapshot-file.ts';

type Exporting = Pick<ChainService, 'network' | 'stores' | 'ledger' | 'immutableTip' | 'volatileAt'>;

export type ExportOptions = {
	/** Default: the one that the chain knows to be confirmed on Cardano. */
	readonly period?: number | undefined;
	/** Names the program in the file. */
	readonly software: string;
};

export type SnapshotExport = {
	readonly manifest: Omit<SnapshotManifest, 'ledgerBytes' | 'praosBytes'>;
	/** Of the states alone. */
	readonly stateBytes: number;
	readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
};

/** The pinned state of a period, whose next block is in a later one: if several end between them, it has the first's name. */
const findPinned = async (chain: Exporting, period: number): Promise<LedgerSnapshot | undefined> => {
	const {network, stores} = chain;
	const {chainStore, ledgerStore} = stores;
	const first = (await pinnedPeriods(ledgerStore)).findLast(pinned => pinned <= period);
	const snapshot = first === undefined ? undefined : await ledgerStore.pinned(periodName(first));
	if (snapshot === undefined) return undefined;
	const nextNo = BlockNo(snapshot.blockNo + 1);
	const slot = chain.volatileAt(nextNo)?.header.slot ?? (await chainStore.place(nextNo))?.slot;
	// Without a next block it is where an imported chain begins, and the period is over.
	return slot === undefined || slot >= periodEndSlot(network, period) ? snapshot : undefined;
};

const nothing = (code: string, period: number, message: string): NodeError =>
	new NodeError({code, period, message});

const chooseSnapshot = async (
	chain: Exporting,
	wanted: number | undefined,
): Promise<{readonly period: number; readonly snapshot: LedgerSnapshot}> => {
	const confirmed = single(readerOf(chain.ledger), 'confirmedCheckpoint');
	const period = wanted ?? confirmed.period;
	if (period === 0)
		throw nothing(
			'EXPORT_NO_CHECKPOINT',
			0,
			'No period is confirmed on Cardano yet, so nobody could verify a file: wait for the first checkpoint.',
		);
	const snapshot = await findPinned(chain, period);
	const isIt =
		snapshot !== undefined && (wanted !== undefined || equalBytes(snapshot.hash, confirmed.blockHash));
	if (isIt) return {period, snapshot};
	throw nothing(
		'EXPORT_STATE_NOT_KEPT',
		period,
		`This node has not kept the state of period ${period}: it began later, or was cut off. Ask another node, or wait for the next checkpoint.`,
	);
};

const corrupt = (blockNo: number): NodeError =>
	new NodeError({
		code: 'STORE_CORRUPT',
		blockNo,
		message: `Block ${blockNo} of the chain is not in the database.`,
	});

type StoredBlock = {readonly bytes: Uint8Array; readonly hash: HeaderHash};

const blockAt = async ({stores: {chainStore}}: Exporting, blockNo: number): Promise<StoredBlock> => {
	const place = await chainStore.place(BlockNo(blockNo));
	const block = place && (await chainStore.block(place.hash));
	if (block === undefined) throw corrupt(blockNo);
	return block;
};

async function* blocksBetween(
	chain: Exporting,
	from: number,
	to: number,
): AsyncGenerator<StoredBlock, void, undefined> {
	for (let blockNo = from; blockNo <= to; blockNo++) yield await blockAt(chain, blockNo);
}

const stateRootOf = (
	network: ChainNetwork,
	period: number,
	snapshot: LedgerSnapshot,
	block: Uint8Array,
): Hash32 => {
	const judged = snapshotBlock(network, {manifest: snapshot, block});
	const state = judged.ok ? decodeSnapshotState(snapshot, judged.value) : judged;
	const end = state.ok ? periodEndAfter(network, state.value, period) : state;
	if (end.ok) return end.value.stateRoot;
	throw new NodeError({
		...end.error,
		message: `The state that was kept of period ${period} is not what it should be: ${end.error.code}.`,
	});
};

/**
 * What there is to export of an open chain. The blocks are those that no rollback reaches, so the chain may grow
 * meanwhile. Throws EXPORT_NO_CHECKPOINT, EXPORT_STATE_NOT_KEPT, STORE_CORRUPT and SNAPSHOT_….
 */
export const exportSnapshot = async (
	chain: Exporting,
	{period: wanted, software}: ExportOptions,
): Promise<SnapshotExport> => {
	const {network, immutableTip} = chain;
	const {crypto, genesisHash} = network.env;
	const {period, snapshot} = await chooseSnapshot(chain, wanted);
	const {hash, blockNo, slot, state, praosState} = snapshot;
	const block = await blockAt(chain, blockNo);
	if (!equalBytes(block.hash, hash)) throw corrupt(blockNo);
	const last = immutableTip === 'origin' ? blockNo : Math.max(blockNo, immutableTip.blockNo);
	const stateRoot = stateRootOf(network, period, snapshot, block.bytes);
	const manifest = {
		genesisHash,
		period,
		hash,
		blockNo,
		slot: Slot(slot),
		stateRoot,
		blocks: last - blockNo,
		software,
	};
	const blocks = blocksBetween(chain, blockNo + 1, last);
	return {
		manifest,
		stateBytes: state.length + praosState.length,
		bytes: writeSnapshotFile(crypto, {manifest, state, praosState, block: block.bytes, blocks}),
	};
};
