/** Rows that follow from what happened, whichever rule made it happen. */
import type {LedgerEvent} from './events.ts';
import {type EventPlace, recordEvents} from './reputation/record-events.ts';
import {countServicePay} from './service/follow-service.ts';
import type {Draft} from './state/draft.ts';
import {countSubsidyFees} from './subsidies/close-subsidies.ts';

/** Takes in the events of a block, or of a part of it: in their order, each once. */
export const followEvents = (draft: Draft, place: EventPlace, events: readonly LedgerEvent[]): void => {
	recordEvents(draft, place, events);
	countSubsidyFees(draft, events);
	countServicePay(draft, events);
};
