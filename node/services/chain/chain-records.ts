/** What is written of blocks besides their bytes. */
import type {PraosState} from '#consensus/praos-state';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {type Codec, decode, encode} from '#kernel/cbor/codec';
import type {TxId} from '#kernel/hash';
import type {LedgerEvent} from '#ledger/events';
import {diffCodec, type LedgerDiff} from '#ledger/state/diff';
import type {AdoptedBlock, StoredBlock} from '#node/ports/chain-store';
import type {EventView, Json} from '#node/ports/control-api';
import type {AppliedBlock} from '#node/ports/ledger-store';
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

export const appliedBlock = ({praosState}: ChainEntry, {diff, events}: EntryEffect): AppliedBlock => ({
	diff: encode(diffCodec, diff),
	praosState: encode(praosStateCodec, praosState),
	events: events.map(event => JSON.stringify(eventView(event))),
});

const read = <T>(codec: Codec<T>, bytes: Uint8Array): T | undefined => {
	const decoded = decode(codec, bytes);
	return decoded.ok ? decoded.value : undefined;
};

/** The effect that was written, or undefined when the record does not decode: then the block is applied again. */
export const readApplied = (
	record: AppliedBlock,
): {readonly diff: LedgerDiff; readonly praosState: PraosState} | undefined => {
	const diff = read(diffCodec, record.diff);
	const praosState = read(praosStateCodec, record.praosState);
	return diff && praosState && {diff, praosState};
};

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

/** How a block joins the chain in the store: its place, its transactions, its lines of account histories. */
export const adoptedBlock = ({header}: ChainEntry, {diff, events}: EntryEffect): AdoptedBlock => {
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
	return {hash: header.hash, blockNo: header.blockNo, slot: header.slot, txIds, accountEntries};
};
