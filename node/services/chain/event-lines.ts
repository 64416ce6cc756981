import {toHex} from '#kernel/bytes';
import {BlockNo} from '#kernel/slot';
import type {LedgerEvent} from '#ledger/events';
import type {ChainPlace} from '#node/ports/chain-store';
import type {EventLine, EventView} from '#node/ports/control-api';
import {ChainCursor} from './chain-cursor.ts';
import type {ChainReader} from './chain-reader.ts';
import {eventView} from './chain-records.ts';
import type {ChainService} from './chain-service.ts';

const lineOf = ({slot, blockNo, hash}: ChainPlace, event: EventView): EventLine => ({
	slot,
	blockNo,
	blockHash: toHex(hash),
	event,
});

/** Events of a block: those in memory, or those that were written when it was applied. */
const eventsOf = async (chain: ChainService, {hash}: ChainPlace): Promise<readonly EventView[]> => {
	const fresh: readonly LedgerEvent[] = chain.find(hash)?.effect?.events ?? [];
	if (fresh.length > 0) return fresh.map(eventView);
	const written = await chain.stores.ledgerStore.applied(hash);
	return (written?.events ?? []).map(text => JSON.parse(text) as EventView);
};

/**
 * Events of the selected chain, from block number `from` on (undefined: after the tip), for ever: for each block
 * `adopted`, then what the ledger did; `rolledBack` names the last block that stays. Ends when the signal aborts.
 */
export async function* eventLines(
	chain: ChainService,
	reader: ChainReader,
	{from, signal}: {readonly from: number | undefined; readonly signal: AbortSignal},
): AsyncGenerator<EventLine, void, undefined> {
	const cursor = new ChainCursor(chain, reader);
	const {tip} = chain;
	if (from === undefined) cursor.moveTo(tip === 'origin' ? undefined : tip);
	else if (from > 0) {
		const before = await reader.place(BlockNo(from - 1));
		cursor.moveTo(before ?? (tip === 'origin' ? undefined : tip));
	}
	while (!signal.aborted) {
		const step = await cursor.next();
		if (step === undefined) {
			// Aborted: the loop ends.
			await cursor.waitForChange({signal}).catch(() => undefined);
		} else if (step.kind === 'back') {
			const place = step.place;
			const event = {kind: 'rolledBack'};
			yield place === undefined ? {slot: 0, blockNo: -1, blockHash: '', event} : lineOf(place, event);
		} else {
			yield lineOf(step.place, {kind: 'adopted'});
			for (const event of await eventsOf(chain, step.place)) yield lineOf(step.place, event);
		}
	}
}
