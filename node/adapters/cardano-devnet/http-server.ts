import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Devnet} from './devnet.ts';
import {kupoCheckpoint, kupoCheckpoints, kupoDatum, kupoMatches, kupoScript} from './kupo-routes.ts';
import {answerRpc} from './ogmios-routes.ts';

/** A transaction has 16 KiB, twice that in hexadecimal; what is around it is short. */
const BODY_BYTES_MAX = 64 * 1024;
const URL_LENGTH_MAX = 2_048;
const ADVANCE_SLOTS_MAX = 1_000_000;
/** A network of a hundred providers on one machine, each with a few that it keeps: whom there is no room for loses Cardano. */
const CONNECTIONS_MAX = 2_048;
const REQUEST_TIMEOUT_MS = 10_000;
/** A wallet in the same process is busy for seconds with scripts; its next request must not meet a closed connection. */
const KEEP_ALIVE_MS = 60_000;

type Reply = {readonly status: number; readonly json: unknown};

const good = (json: unknown): Reply => ({status: 200, json});
const bad = (status: number, code: string, hint?: string): Reply => ({status, json: {code, hint}});

/** Integers that JavaScript's numbers do not hold exactly become text, as Kupo's clients expect. */
const toJson = (value: unknown): string =>
	JSON.stringify(value, (_, item: unknown) => {
		if (typeof item !== 'bigint') return item;
		return item <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(item) : item.toString();
	});

const decodeText = (text: string): string | undefined => {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
};

const health = (devnet: Devnet) => {
	const {slot, hash} = devnet.chain.tip;
	return {
		connection_status: 'connected',
		most_recent_checkpoint: slot,
		most_recent_node_tip: slot,
		configuration: {indexes: 'installed'},
		startTime: new Date(devnet.time.zeroTimeMs).toISOString(),
		lastKnownTip: {slot, id: toHex(hash), height: slot},
		networkSynchronization: 1,
		currentEra: 'conway',
		network: 'devnet',
	};
};

const status = (devnet: Devnet) => ({
	networkMagic: devnet.genesis.networkMagic,
	zeroTimeMs: devnet.time.zeroTimeMs,
	slotLengthMs: devnet.time.slotLengthMs,
	tip: {slot: devnet.chain.tip.slot, hash: toHex(devnet.chain.tip.hash)},
	transactions: devnet.chain.transactionCount,
	pending: devnet.pendingCount,
});

const replyToGet = (devnet: Devnet, url: URL): Reply => {
	const [, head = '', ...rest] = url.pathname.split('/');
	const argument = decodeText(rest.join('/'));
	if (argument === undefined) return bad(400, 'HTTP_BAD_PATH');
	switch (head) {
		case 'matches': {
			const found = kupoMatches(devnet.chain, argument === '' ? '*' : argument, url.searchParams);
			return found.ok ? good(found.value) : bad(400, found.error.code, found.error.hint);
		}
		case 'checkpoints': {
			if (argument === '') return good(kupoCheckpoints(devnet.chain));
			const point = kupoCheckpoint(devnet.chain, argument, url.searchParams.has('strict'));
			return point === undefined ? bad(400, 'KUPO_BAD_QUERY', 'a slot') : good(point);
		}
		case 'datums':
			return good(kupoDatum(devnet.chain, argument));
		case 'scripts':
			return good(kupoScript(devnet.chain, argument));
		case 'health':
			return good(health(devnet));
		case 'devnet':
			return argument === '' ? good(status(devnet)) : bad(404, 'HTTP_NOT_FOUND');
		default:
			return bad(404, 'HTTP_NOT_FOUND');
	}
};

const countOf = (body: unknown, name: string, max: number): number | undefined => {
	const value =
		typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
	return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
		? (value as number)
		: undefined;
};

const replyToRpc = (devnet: Devnet, body: unknown): Reply => {
	const id = typeof body === 'object' && body !== null ? ((body as {id?: unknown}).id ?? null) : null;
	const outcome = answerRpc(devnet, body);
	const json = {jsonrpc: '2.0', ...outcome, id};
	return {status: 'error' in outcome ? 400 : 200, json};
};

const replyToPost = (devnet: Devnet, path: string, body: unknown, manual: boolean): Reply => {
	if (path === '/') return replyToRpc(devnet, body);
	if (path === '/devnet/rollback') {
		const blocks = countOf(body, 'blocks', Number.MAX_SAFE_INTEGER);
		if (blocks === undefined) return bad(400, 'HTTP_BAD_BODY', '{"blocks": count}');
		devnet.rollback(blocks);
		return good(status(devnet));
	}
	if (path === '/devnet/advance') {
		const slots = countOf(body, 'slots', ADVANCE_SLOTS_MAX);
		if (slots === undefined) return bad(400, 'HTTP_BAD_BODY', '{"slots": count}');
		if (!manual) return bad(409, 'CARDANO_DEVNET_SLOTS_NOT_MANUAL');
		devnet.advanceByHand(slots);
		return good(status(devnet));
	}
	return bad(404, 'HTTP_NOT_FOUND');
};

/** The body, or undefined once it is longer than allowed. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		length += chunk.length;
		if (length > BODY_BYTES_MAX) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
};

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

export type DevnetHttp = {
	readonly devnet: Devnet;
	/** Brings the chain to the present before a request is answered. */
	readonly tick: () => void;
	/** Whether slots pass by `/devnet/advance` only. */
	readonly manual: boolean;
	/** Whether each transaction makes its block. */
	readonly instant: boolean;
};

const replyTo = async (
	{devnet, tick, manual, instant}: DevnetHttp,
	request: IncomingMessage,
): Promise<Reply> => {
	const target = request.url ?? '/';
	if (target.length > URL_LENGTH_MAX || !target.startsWith('/') || target.startsWith('//'))
		return bad(414, 'HTTP_URL_TOO_LONG');
	const url = new URL(target, 'http://devnet');
	if (request.method === 'GET') {
		tick();
		return replyToGet(devnet, url);
	}
	if (request.method !== 'POST') return bad(405, 'HTTP_METHOD_NOT_ALLOWED');
	// A page in somebody's browser can send other types without asking.
	if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
		return bad(415, 'HTTP_BODY_NOT_JSON');
	const body = await readBody(request);
	if (body === undefined) return bad(413, 'HTTP_BODY_TOO_LARGE');
	tick();
	const reply = replyToPost(devnet, url.pathname, parseJson(body.toString('utf8')), manual);
	if (instant && devnet.pendingCount > 0) devnet.advanceByHand(1);
	return reply;
};

const send = (devnet: Devnet, response: ServerResponse, {status: code, json}: Reply): void => {
	const body = toJson(json);
	response.writeHead(code, {
		'content-type': 'application/json;charset=utf-8',
		'content-length': Buffer.byteLength(body),
		'x-most-recent-checkpoint': devnet.chain.tip.slot,
		etag: toHex(devnet.chain.tip.hash),
		...(code === 413 ? {connection: 'close'} : {}),
	});
	response.end(body);
};

/** One port answers for Kupo and for Ogmios, on the loopback interface only. */
export const createDevnetServer = (http: DevnetHttp): Server => {
	const server = createServer({
		requestTimeout: REQUEST_TIMEOUT_MS,
		headersTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_MS,
	});
	server.maxConnections = CONNECTIONS_MAX;
	server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		replyTo(http, request).then(
			reply => send(http.devnet, response, reply),
			(error: unknown) => {
				// A broken connection has nobody to answer; a full disk has.
				if (response.destroyed || response.headersSent) return;
				const code = error instanceof NodeError ? error.code : 'CARDANO_DEVNET_FAILED';
				send(http.devnet, response, {status: 500, json: {code}});
			},
		);
	});
	return server;
};
