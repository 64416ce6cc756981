import {toHex} from '#kernel/bytes';
import {BlockNo} from '#kernel/slot';
import type {LedgerEvent} from '#ledger/events';
import type {ChainPlace} from '#node/ports/chain-store';
import type {EventLine, EventView} from '#node/ports/control-api';
import {ChainCursor, type CursorStep} from './chain-cursor.ts';
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
	const written = await chain.stores.chainIndex.events(hash);
	return written.map(text => JSON.parse(text) as EventView);
};

/** A cursor before block number `from`, or at the tip, as when the blocks before it are not here. */
const cursorAt = async (
	chain: ChainService,
	reader: ChainReader,
	from: number | undefined,
): Promise<ChainCursor> => {
	const cursor = new ChainCursor(chain, reader);
	const {tip} = chain;
	const before = from === undefined || from === 0 ? undefined : await reader.place(BlockNo(from - 1));
	if (from !== 0 || !(await reader.beginsAtOrigin()))
		cursor.moveTo(before ?? (tip === 'origin' ? undefined : tip));
	return cursor;
};

const linesOf = async (chain: ChainService, step: CursorStep): Promise<readonly EventLine[]> => {
	const {place} = step;
	if (step.kind === 'forward') {
		const events = await eventsOf(chain, step.place);
		return [{kind: 'adopted'}, ...events].map(event => lineOf(step.place, event));
	}
	const event = {kind: 'rolledBack'};
	return [place === undefined ? {slot: 0, blockNo: -1, blockHash: '', event} : lineOf(place, event)];
};

/**
 * Events of the selected chain, from block number `from` on (undefined: after the tip), for ever: for each block
 * `adopted`, then what the ledger did; `rolledBack` names the last block that stays (-1: none). Ends when the signal
 * aborts.
 */
export async function* eventLines(
	chain: ChainService,
	reader: ChainReader,
	{from, signal}: {readonly from: number | undefined; readonly signal: AbortSignal},
): AsyncGenerator<EventLine, void, undefined> {
	const cursor = await cursorAt(chain, reader, from);
	while (!signal.aborted) {
		const step = await cursor.next();
		if (step !== undefined) yield* await linesOf(chain, step);
		// Aborted: the loop ends.
		else await cursor.waitForChange({signal}).catch(() => undefined);
	}
}
