/** Track records follow from the events of blocks and from nothing else: whoever has the chain finds the same. */
import type {Hash32} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {addEvent, addProven, EMPTY_RECORD, type RecordReason, type TrackRecord} from './track-record.ts';

/** The block that an event is of. */
export type EventPlace = {readonly slot: Slot; readonly blockNo: BlockNo};

type Told = {readonly provider: Hash32; readonly change: (track: TrackRecord) => TrackRecord};

const AGAINST = ['missed', 'miss-excused', 'loss-reported', 'fraud-punished', 'retrieval-missed'] as const;
type Against = Extract<LedgerEvent, {readonly kind: (typeof AGAINST)[number]}>;

const isAgainst = (event: LedgerEvent): event is Against =>
	(AGAINST as readonly LedgerEvent['kind'][]).includes(event.kind);

const reasonsOf = (event: Against): readonly RecordReason[] => {
	if (event.kind === 'miss-excused') return ['excused'];
	if (event.kind === 'loss-reported' || event.kind === 'retrieval-missed') return [event.kind];
	if (event.kind === 'fraud-punished') return event.by === 'provider' ? [event.fraud] : [];
	return event.vacated ? [event.reason, 'vacated'] : [event.reason];
};

/** What an event says of a provider; undefined when it says nothing. */
export const toldBy = (event: LedgerEvent, {slot, blockNo}: EventPlace): Told | undefined => {
	// Whatever else happens to a provider (its terms, its pay) says nothing of how well it keeps pieces.
	if (event.kind === 'proven')
		return {provider: event.provider, change: track => addProven(track, event.epoch)};
	if (!isAgainst(event)) return undefined;
	const {provider, epoch} = event;
	const reasons = reasonsOf(event);
	return {
		provider,
		change: track =>
			reasons.reduce((changed, reason) => addEvent(changed, {epoch, reason, slot, blockNo}), track),
	};
};

/** Takes the events of a block, or of a part of it, into the records. In their order; each once. */
export const recordEvents = (draft: Draft, place: EventPlace, events: readonly LedgerEvent[]): void => {
	for (const event of events) {
		const told = toldBy(event, place);
		if (told === undefined) continue;
		const key = keyOf(told.provider);
		draft.set('trackRecords', key, told.change(draft.get('trackRecords', key) ?? EMPTY_RECORD));
	}
};
