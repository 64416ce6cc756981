import {NodeError, type NodeErrorDetail} from '#kernel/node-error';

export type JsonRequest = {
	readonly url: string;
	/** Sent as JSON by POST; without it the request is a GET. */
	readonly body?: unknown;
	/** Sent by POST as they are. */
	readonly bytes?: {readonly type: string; readonly content: Uint8Array};
	/** Besides `content-type`. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Longer answers are not read to their end. */
	readonly bytesMax: number;
	readonly timeoutMs: number;
	readonly signal?: AbortSignal | undefined;
	/** What to throw when nobody answers, or not in time, or only that it is too busy (then with its `status`). */
	readonly unreachable: NodeErrorDetail;
	/** What to throw when the answer is too long or not JSON. */
	readonly invalid: NodeErrorDetail;
};

export type JsonAnswer = {readonly status: number; readonly json: unknown};

/**
 * Statuses with which a server, or a proxy before it, says that it cannot answer now; the body may be anything. Those from 520
 * on are of the proxy that stands before Blockfrost, for a server that is away or silent.
 */
const BUSY_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524]);

/** Seconds; the form with a date is for caches. */
const retryAfterMs = (response: Response): number | undefined => {
	const seconds = response.headers.get('retry-after') ?? '';
	return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
};

/** What is thrown for a busy server: `unreachable` with the status, and when it wants to be asked again. */
const busy = (response: Response, unreachable: NodeErrorDetail): NodeError => {
	const afterMs = retryAfterMs(response);
	const detail = {...unreachable, status: response.status};
	return new NodeError(afterMs === undefined ? detail : {...detail, retryAfterMs: afterMs});
};

const readBounded = async (response: Response, bytesMax: number): Promise<string | undefined> => {
	const decoder = new TextDecoder();
	let length = 0;
	let text = '';
	for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
		length += chunk.length;
		if (length > bytesMax) return undefined;
		text += decoder.decode(chunk, {stream: true});
	}
	return text + decoder.decode();
};

const sent = ({body, bytes, headers = {}}: JsonRequest): RequestInit => {
	if (bytes !== undefined)
		return {method: 'POST', body: bytes.content, headers: {...headers, 'content-type': bytes.type}};
	if (body === undefined) return {headers};
	const type = {'content-type': 'application/json'};
	return {method: 'POST', body: JSON.stringify(body), headers: {...headers, ...type}};
};

/** One request with a limit on time and on the answer's length. An abort is thrown as the signal's reason. */
export const requestJson = async (request: JsonRequest): Promise<JsonAnswer> => {
	const {url, bytesMax, timeoutMs, signal} = request;
	const timeout = AbortSignal.timeout(timeoutMs);
	let text: string | undefined;
	let status: number;
	try {
		const response = await fetch(url, {
			...sent(request),
			redirect: 'error',
			signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
		});
		status = response.status;
		if (BUSY_STATUSES.has(status)) {
			await response.body?.cancel();
			throw busy(response, request.unreachable);
		}
		text = await readBounded(response, bytesMax);
	} catch (cause) {
		signal?.throwIfAborted();
		throw cause instanceof NodeError ? cause : new NodeError(request.unreachable, {cause});
	}
	if (text === undefined) throw new NodeError({...request.invalid, problem: `longer than ${bytesMax} bytes`});
	try {
		return {status, json: JSON.parse(text)};
	} catch (cause) {
		throw new NodeError({...request.invalid, problem: 'not JSON', status}, {cause});
	}
};
