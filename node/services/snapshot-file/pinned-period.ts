/** The states of closed periods that a node keeps, and how those periods ended. */
import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {periodName, pinnedPeriods} from '../chain/period-snapshots.ts';
import {
	decodeSnapshotState,
	type LookAtEnd,
	type PeriodEnd,
	periodEndAfter,
	periodEndSlot,
	snapshotBlock,
} from './verify-snapshot.ts';

export type PinnedChain = Pick<ChainService, 'network' | 'stores' | 'ledger' | 'volatileAt'>;

export type PinnedPeriod = {readonly period: number; readonly snapshot: LedgerSnapshot};

/** The pinned state of a period, whose next block is in a later one: if several end between them, it has the first's name. */
const findPinned = async (chain: PinnedChain, period: number): Promise<LedgerSnapshot | undefined> => {
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

/** The state of a closed period; by default of the one that the chain knows to be confirmed. Throws EXPORT_NO_CHECKPOINT and EXPORT_STATE_NOT_KEPT. */
export const choosePinned = async (chain: PinnedChain, wanted: number | undefined): Promise<PinnedPeriod> => {
	const confirmed = single(readerOf(chain.ledger), 'confirmedCheckpoint');
	const period = wanted ?? confirmed.period;
	if (period === 0)
		throw nothing(
			'EXPORT_NO_CHECKPOINT',
			0,
			'No period is confirmed on Cardano yet, so nothing could be verified against it: wait for the first checkpoint.',
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

export const corrupt = (blockNo: number): NodeError =>
	new NodeError({
		code: 'STORE_CORRUPT',
		blockNo,
		message: `Block ${blockNo} of the chain is not in the database.`,
	});

export type StoredBlock = {readonly bytes: Uint8Array; readonly hash: HeaderHash};

/** A block that no rollback reaches. Throws STORE_CORRUPT. */
export const blockAt = async ({stores: {chainStore}}: PinnedChain, blockNo: number): Promise<StoredBlock> => {
	const place = await chainStore.place(BlockNo(blockNo));
	const block = place && (await chainStore.block(place.hash));
	if (block === undefined) throw corrupt(blockNo);
	return block;
};

/** How the period ended after that state; `look` sees the state whose root was taken. Throws SNAPSHOT_…. O(state). */
export const pinnedEnd = (
	network: ChainNetwork,
	{period, snapshot, block}: PinnedPeriod & {readonly block: Uint8Array},
	look?: LookAtEnd,
): PeriodEnd => {
	const judged = snapshotBlock(network, {manifest: snapshot, block});
	const state = judged.ok ? decodeSnapshotState(snapshot, judged.value) : judged;
	const end = state.ok ? periodEndAfter(network, state.value, period, look) : state;
	if (end.ok) return end.value;
	throw new NodeError({
		...end.error,
		message: `The state that was kept of period ${period} is not what it should be: ${end.error.code}.`,
	});
};
