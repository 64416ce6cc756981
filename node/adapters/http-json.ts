import {NodeError, type NodeErrorDetail} from '#kernel/node-error';

export type JsonRequest = {
	readonly url: string;
	/** Sent as JSON by POST; without it the request is a GET. */
	readonly body?: unknown;
	/** Longer answers are not read to their end. */
	readonly bytesMax: number;
	readonly timeoutMs: number;
	readonly signal?: AbortSignal | undefined;
	/** What to throw when nobody answers, or not in time. */
	readonly unreachable: NodeErrorDetail;
	/** What to throw when the answer is too long or not JSON. */
	readonly invalid: NodeErrorDetail;
};

export type JsonAnswer = {readonly status: number; readonly json: unknown};

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

/** One request with a limit on time and on the answer's length. An abort is thrown as the signal's reason. */
export const requestJson = async (request: JsonRequest): Promise<JsonAnswer> => {
	const {url, body, bytesMax, timeoutMs, signal} = request;
	const timeout = AbortSignal.timeout(timeoutMs);
	let text: string | undefined;
	let status: number;
	try {
		const response = await fetch(url, {
			...(body === undefined
				? {}
				: {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}}),
			redirect: 'error',
			signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
		});
		status = response.status;
		text = await readBounded(response, bytesMax);
	} catch (cause) {
		signal?.throwIfAborted();
		throw new NodeError(request.unreachable, {cause});
	}
	if (text === undefined) throw new NodeError({...request.invalid, problem: `longer than ${bytesMax} bytes`});
	try {
		return {status, json: JSON.parse(text)};
	} catch (cause) {
		throw new NodeError({...request.invalid, problem: 'not JSON', status}, {cause});
	}
};
