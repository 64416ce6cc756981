/** What is written of blocks besides their bytes. */
import {defined} from '#kernel/assert';
import type {TxId} from '#kernel/hash';
import type {LedgerEvent} from '#ledger/events';
import type {IndexedBlock} from '#node/ports/chain-index';
import type {StoredBlock} from '#node/ports/chain-store';
import type {EventView, Json} from '#node/ports/control-api';
import {jsonView} from '../json-view.ts';
import type {ChainEntry, EntryEffect} from './chain-entry.ts';

export const storedBlock = ({header, body}: ChainEntry): StoredBlock => ({
	hash: header.hash,
	prevHash: header.prevHash,
	slot: header.slot,
	blockNo: header.blockNo,
	bytes: defined(body, 'a block that is kept has a body').block.bytes,
});

export const eventView = (event: LedgerEvent): EventView => jsonView(event) as EventView;

type NamedEvents = {readonly txIds: Json[]; readonly events: Json[]};

/** The events that name an account, with the transactions they belong to. */
const eventsNaming = (
	account: string,
	views: readonly EventView[],
	texts: readonly string[],
): NamedEvents => {
	const named: NamedEvents = {txIds: [], events: []};
	let txId: Json = null;
	for (const [index, view] of views.entries()) {
		if (view.kind === 'transaction') txId = view['txId'] ?? null;
		if (texts[index]?.includes(account) !== true) continue;
		if (txId !== null && named.txIds.at(-1) !== txId) named.txIds.push(txId);
		if (view.kind !== 'transaction') named.events.push(view);
	}
	return named;
};

/** How a block is found: its place, its transactions, its lines of account histories, its events. */
export const indexedBlock = ({header}: ChainEntry, {diff, events}: EntryEffect): IndexedBlock => {
	const views = events.map(eventView);
	const texts = views.map(view => JSON.stringify(view));
	const txIds = events.flatMap((event): TxId[] => (event.kind === 'transaction' ? [event.txId] : []));
	const accountEntries = diff.accounts.map(({key, before, after}) => {
		const entry = {
			balanceBefore: String(before?.balance ?? 0n),
			balanceAfter: String(after?.balance ?? 0n),
			...eventsNaming(key, views, texts),
		};
		return [key, JSON.stringify(entry)] as const;
	});
	const {hash, blockNo, slot} = header;
	return {hash, blockNo, slot, txIds, accountEntries, events: texts};
};
