/** The client's side of the control API: bounded answers, coded failures. */
import path from 'node:path';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {
	ApiFailure,
	CallOptions,
	ControlClient,
	ControlFile,
	EventLine,
	Submission,
} from '#node/ports/control-api';
import {readBoundedFile} from './private-file.ts';

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const LINE_CHARACTERS_MAX = 1024 * 1024;
const ANSWER_MS_MAX = 30_000;

type Address = Pick<ControlFile, 'url' | 'token'>;
type Request = {readonly method?: 'GET' | 'POST'; readonly body?: unknown} & CallOptions;
type Answer = {readonly status: number; readonly text: string};

const unreachable = (cause: unknown, url: string): NodeError =>
	new NodeError(
		{
			code: 'CONTROL_UNREACHABLE',
			url,
			message: `No node answers at ${url}: is it running, and is this its data folder?`,
		},
		{cause},
	);

const badAnswer = (url: string, why: string, cause?: unknown): NodeError =>
	new NodeError(
		{code: 'CONTROL_BAD_ANSWER', url, message: `The answer of ${url} makes no sense: ${why}.`},
		{cause},
	);

async function* decodedChunks(response: Response): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	for await (const chunk of response.body ?? []) yield decoder.decode(chunk as Uint8Array, {stream: true});
	yield decoder.decode();
}

const boundedText = async (response: Response, url: string): Promise<string> => {
	let text = '';
	for await (const chunk of decodedChunks(response)) {
		text += chunk;
		if (text.length > ANSWER_BYTES_MAX) throw badAnswer(url, `more than ${ANSWER_BYTES_MAX} bytes`);
	}
	return text;
};

const open = (
	{url, token}: Address,
	route: string,
	{method = 'GET', body, signal}: Request,
): Promise<Response> =>
	fetch(`${url}${route}`, {
		method,
		headers: {
			authorization: `Bearer ${token}`,
			...(body !== undefined && {'content-type': 'application/json'}),
		},
		...(body !== undefined && {body: JSON.stringify(body)}),
		...(signal !== undefined && {signal}),
	});

const call = async (address: Address, route: string, request: Request): Promise<Answer> => {
	const limit = AbortSignal.timeout(ANSWER_MS_MAX);
	const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
	try {
		const response = await open(address, route, {...request, signal});
		return {status: response.status, text: await boundedText(response, address.url)};
	} catch (cause) {
		request.signal?.throwIfAborted();
		throw cause instanceof NodeError ? cause : unreachable(cause, address.url);
	}
};

const parseJson = (text: string, url: string): unknown => {
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		throw badAnswer(url, 'it is not JSON', cause);
	}
};

const failureOf = ({status, text}: Answer, url: string): ApiFailure => {
	const failure = parseJson(text, url) as {readonly code?: unknown} | null;
	if (typeof failure?.code === 'string') return failure as ApiFailure;
	throw badAnswer(url, `status ${status} without a code`);
};

const refused = (failure: ApiFailure): NodeError => new NodeError({...failure});

const missing = (answer: Answer, url: string): boolean =>
	answer.status === 404 && failureOf(answer, url).code.endsWith('_UNKNOWN');

async function* eventLines(response: Response, url: string): AsyncGenerator<EventLine> {
	let rest = '';
	for await (const chunk of decodedChunks(response)) {
		const lines = (rest + chunk).split('\n');
		rest = lines.pop() ?? '';
		if (rest.length > LINE_CHARACTERS_MAX) throw badAnswer(url, 'an event is too long');
		for (const line of lines) if (line !== '') yield parseJson(line, url) as EventLine;
	}
}

async function* listen(
	address: Address,
	{from, signal}: {readonly from?: number; readonly signal: AbortSignal},
): AsyncGenerator<EventLine> {
	const route = from === undefined ? '/events' : `/events?from=${from}`;
	try {
		const response = await open(address, route, {signal});
		if (!response.ok) {
			const text = await boundedText(response, address.url);
			throw refused(failureOf({status: response.status, text}, address.url));
		}
		yield* eventLines(response, address.url);
	} catch (cause) {
		if (signal.aborted) return;
		throw cause instanceof NodeError ? cause : unreachable(cause, address.url);
	}
	if (!signal.aborted) throw unreachable(new NodeError({code: 'CONTROL_STREAM_ENDED'}), address.url);
}

async function* download(
	address: Address,
	route: string,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
	try {
		const response = await open(address, route, {signal});
		if (!response.ok) {
			const text = await boundedText(response, address.url);
			throw refused(failureOf({status: response.status, text}, address.url));
		}
		for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
	} catch (cause) {
		signal.throwIfAborted();
		throw cause instanceof NodeError ? cause : unreachable(cause, address.url);
	}
}

const queryOf = (fields: Readonly<Record<string, string | number | undefined>>): string => {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
	return query.size === 0 ? '' : `?${query.toString()}`;
};

/** A client for the node that wrote this control file. */
export const createControlClient = (address: Address): ControlClient => {
	const {url} = address;
	const get = async <T>(route: string, options: CallOptions = {}): Promise<T> => {
		const answer = await call(address, route, options);
		if (answer.status !== 200) throw refused(failureOf(answer, url));
		return parseJson(answer.text, url) as T;
	};
	const find = async <T>(route: string, options: CallOptions = {}): Promise<T | undefined> => {
		const answer = await call(address, route, options);
		if (missing(answer, url)) return undefined;
		if (answer.status !== 200) throw refused(failureOf(answer, url));
		return parseJson(answer.text, url) as T;
	};
	const post = async (route: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Answer> =>
		call(address, route, {...options, method: 'POST', body: {cborHex: toHex(bytes)}});
	const tell = async <T>(route: string, options: CallOptions = {}): Promise<T> => {
		const answer = await call(address, route, {...options, method: 'POST', body: {}});
		if (answer.status !== 200) throw refused(failureOf(answer, url));
		return parseJson(answer.text, url) as T;
	};
	const id = encodeURIComponent;
	return {
		status: options => get('/status', options),
		block: (key, options) => find(`/blocks/${id(key)}`, options),
		chain: (range, options) => get(`/chain${queryOf(range)}`, options),
		submit: async (bytes, options): Promise<Submission> => {
			const answer = await post('/transactions', bytes, options);
			if (answer.status === 200)
				return {ok: true, value: parseJson(answer.text, url) as {readonly txId: string}};
			const error = failureOf(answer, url);
			if (answer.status !== 422) throw refused(error);
			return {ok: false, error};
		},
		transaction: (txId, options) => get(`/transactions/${id(txId)}`, options),
		account: (account, options) => get(`/accounts/${id(account)}`, options),
		history: (account, range, options) =>
			get(`/accounts/${id(account)}/history${queryOf({...range})}`, options),
		pools: options => get('/pools', options),
		pool: (pool, options) => find(`/pools/${id(pool)}`, options),
		leadership: (pool, epoch, options) => get(`/pools/${id(pool)}/leadership${queryOf({epoch})}`, options),
		schedule: (epoch, options) => get(`/forging/schedule${queryOf({epoch})}`, options),
		promote: options => tell('/forging/promote', options),
		demote: options => tell('/forging/demote', options),
		providers: options => get('/providers', options),
		provider: (provider, options) => find(`/providers/${id(provider)}`, options),
		ownProvider: options => find('/provider', options),
		reputation: (provider, options) => find(`/providers/${id(provider)}/reputation`, options),
		forestEvidence: ({provider, ...which}, options) =>
			find(`/providers/${id(provider)}/forest${queryOf(which)}`, options),
		leafOpening: ({provider, root, totalLeaves, leaf}, options) =>
			find(`/providers/${id(provider)}/opening${queryOf({root, leaves: totalLeaves, leaf})}`, options),
		agreements: (filter, options) => get(`/agreements${queryOf({...filter})}`, options),
		agreement: (agreement, options) => find(`/agreements/${id(agreement)}`, options),
		heads: (owner, options) => get(`/accounts/${id(owner)}/heads`, options),
		head: (owner, bucket, options) => find(`/accounts/${id(owner)}/heads/${id(bucket)}`, options),
		channels: (filter, options) => get(`/channels${queryOf({...filter})}`, options),
		channel: (channel, options) => find(`/channels/${id(channel)}`, options),
		parameters: options => get('/parameters', options),
		governance: options => get('/governance', options),
		genesis: async (options = {}) => {
			const answer = await call(address, '/genesis', options);
			if (answer.status !== 200) throw refused(failureOf(answer, url));
			return answer.text;
		},
		checkpoints: options => get('/checkpoint', options),
		payoutProof: ({period, claimId, tag}, options) =>
			find(`/checkpoint/proof${queryOf({period, claim: claimId, tag})}`, options),
		money: options => get('/money', options),
		announcements: options => get('/announcements', options),
		announce: async (bytes, options) => {
			const answer = await post('/announcements', bytes, options);
			if (answer.status !== 200) throw refused(failureOf(answer, url));
		},
		events: options => listen(address, options),
		snapshot: ({period, signal}) => download(address, `/snapshot${queryOf({period})}`, signal),
	};
};

/** Reads DATA/control.json. Throws CONTROL_FILE_MISSING and CONTROL_FILE_BAD. */
export const readControlFile = async (dataFolder: string): Promise<ControlFile> => {
	const file = path.join(dataFolder, 'control.json');
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: 65_536, ownerOnly: true});
	} catch (cause) {
		if (!(cause instanceof NodeError) || cause.code !== 'FILE_NOT_FOUND') throw cause;
		throw new NodeError(
			{code: 'CONTROL_FILE_MISSING', file, message: `No node runs on ${dataFolder}: there is no ${file}.`},
			{cause},
		);
	}
	try {
		const control = JSON.parse(text) as ControlFile;
		if (typeof control.token === 'string' && new URL(control.url).hostname === '127.0.0.1') return control;
	} catch {
		// Falls through to the same answer as a file of another shape.
	}
	throw new NodeError({code: 'CONTROL_FILE_BAD', file, message: `${file} is not a control file of a node.`});
};

/** A client for the node that runs on a data folder. Throws like `readControlFile`. */
export const connectControl = async (dataFolder: string): Promise<ControlClient> =>
	createControlClient(await readControlFile(dataFolder));
