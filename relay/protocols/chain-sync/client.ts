import {PIPELINE_HIGH, PIPELINE_LOW} from './limits.ts';
import type {ChainSyncMessage} from './messages.ts';

/**
 * How many requests are in flight and how many are wanted. The want doubles with every header, so that a client
 * near the tip has few requests waiting there, and a client far behind soon has all it may.
 */
export type Pipeline = {
	readonly inFlight: number;
	readonly wanted: number;
	/** The server had nothing newer when it was last asked. */
	readonly atTip: boolean;
};

export const emptyPipeline: Pipeline = {inFlight: 0, wanted: 1, atTip: false};

/** How many requests to send now: none until the flight has sunk to the low mark, then all that are wanted. */
export const requestsToSend = ({inFlight, wanted}: Pipeline): number => {
	const low = Math.floor((wanted * PIPELINE_LOW) / PIPELINE_HIGH);
	return inFlight <= low && inFlight < wanted ? wanted - inFlight : 0;
};

export const requested = (pipeline: Pipeline, count: number): Pipeline => ({
	...pipeline,
	inFlight: pipeline.inFlight + count,
});

/** The pipeline after a reply to a request for more. */
export const replied = (pipeline: Pipeline, kind: ChainSyncMessage['kind']): Pipeline => {
	if (kind === 'awaitReply') return {...pipeline, wanted: 1, atTip: true};
	const inFlight = pipeline.inFlight - 1;
	// A reply that had to be awaited is the new tip; only one that came at once says that there may be more.
	if (pipeline.atTip) return {inFlight, wanted: 1, atTip: false};
	if (kind === 'rollBackward') return {...pipeline, inFlight};
	return {...pipeline, inFlight, wanted: Math.min(2 * pipeline.wanted, PIPELINE_HIGH)};
};
