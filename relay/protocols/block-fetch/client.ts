import {RANGES_IN_FLIGHT_MAX} from './limits.ts';
import type {BlockFetchMessage} from './messages.ts';

/** Answers come in the order of the questions, so the oldest request is the one a message belongs to. */
export type Fetches<Request> = {
	readonly waiting: readonly Request[];
	readonly inFlight: readonly Request[];
};

export const noFetches: Fetches<never> = {waiting: [], inFlight: []};

export const asked = <Request>(fetches: Fetches<Request>, request: Request): Fetches<Request> => ({
	...fetches,
	waiting: [...fetches.waiting, request],
});

/** Moves what may be sent now into flight. */
export const dispatch = <Request>(
	fetches: Fetches<Request>,
): {readonly send: readonly Request[]; readonly fetches: Fetches<Request>} => {
	const room = RANGES_IN_FLIGHT_MAX - fetches.inFlight.length;
	const send = fetches.waiting.slice(0, room);
	if (send.length === 0) return {send, fetches};
	return {
		send,
		fetches: {waiting: fetches.waiting.slice(send.length), inFlight: [...fetches.inFlight, ...send]},
	};
};

/** Whether this message ends the oldest request. */
export const ends = ({kind}: BlockFetchMessage): boolean => kind === 'noBlocks' || kind === 'batchDone';

export const answered = <Request>(fetches: Fetches<Request>): Fetches<Request> => ({
	...fetches,
	inFlight: fetches.inFlight.slice(1),
});
