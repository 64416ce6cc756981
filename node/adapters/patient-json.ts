import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import {type JsonAnswer, type JsonRequest, requestJson} from './http-json.ts';
import {createRequestLimiter, type RequestLimits} from './request-limiter.ts';
import {createSystemClock} from './system-clock.ts';

export type Patience = RequestLimits & {
	/** How often a question is asked at most. */
	readonly triesMax: number;
	/** Before the second time; twice as long before each time after. */
	readonly firstWaitMs: number;
	/** No wait is longer, even when the server asks for it. */
	readonly waitMsMax: number;
};

export const PATIENCE: Patience = {concurrentMax: 8, triesMax: 3, firstWaitMs: 200, waitMsMax: 10_000};

/**
 * Asks as `requestJson` does, within limits, and again when nobody answered. So only what may happen twice is asked:
 * what changes nothing, or a signed transaction, which the ledger takes once however often it comes.
 */
export type AskJson = (request: PatientRequest) => Promise<JsonAnswer>;

export type PatientRequest = JsonRequest & {
	/**
	 * Asked once, within limits: who asks has to know that an answer may have been lost before he asks again. Only whom a server
	 * turned away for asking too often (429) asks again: nothing was done with what he sent.
	 */
	readonly isOnce?: boolean;
};

const NEVER: AbortSignal = new AbortController().signal;

/** Answers that are wrong stay wrong; only silence may pass. */
const isSilence = (error: unknown, {unreachable}: JsonRequest): error is NodeError =>
	error instanceof NodeError && error.code === unreachable.code;

/** Nothing was done with what it asked for. */
const wasTurnedAway = ({detail}: NodeError): boolean => detail['status'] === 429;

const mayAskAgain = (error: unknown, request: PatientRequest): error is NodeError =>
	isSilence(error, request) && (request.isOnce !== true || wasTurnedAway(error));

const waitMs = (error: NodeError, tries: number, {firstWaitMs, waitMsMax}: Patience): number => {
	const {retryAfterMs} = error.detail;
	const asked = typeof retryAfterMs === 'number' ? retryAfterMs : 0;
	return Math.min(waitMsMax, Math.max(asked, firstWaitMs * 2 ** (tries - 1)));
};

export const createPatientJson = (
	patience: Partial<Patience> = {},
	clock: Clock = createSystemClock(),
): AskJson => {
	const limits = {...PATIENCE, ...patience};
	const limiter = createRequestLimiter(clock, limits);
	return async request => {
		const signal = request.signal ?? NEVER;
		for (let tries = 1; ; tries++) {
			try {
				return await limiter.run(() => requestJson(request), signal);
			} catch (error) {
				if (!mayAskAgain(error, request) || tries >= limits.triesMax) throw error;
				await clock.waitUntil(clock.now() + waitMs(error, tries, limits), {signal});
			}
		}
	};
};
