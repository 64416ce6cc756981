/**
 * The control API over HTTP on loopback. Every request carries the token of DATA/control.json, so that other users
 * of the machine, and web pages, cannot speak to the node.
 */
import {randomBytes, timingSafeEqual} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {type FastifyInstance, type FastifyReply, type FastifyRequest, fastify} from 'fastify';
import {parseHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import type {ApiFailure, ControlFile, EventLine} from '#node/ports/control-api';
import type {ControlBackend} from '#node/ports/control-backend';
import type {EpochName} from '#node/ports/forging-api';
import type {Log} from '#node/ports/log';
import {writeFileAtomically} from './private-file.ts';

export type ControlServer = {readonly url: string; readonly stop: () => Promise<void>};

export type ControlServerOptions = {
	/** 0: a free one. */
	readonly port: number;
	/** Where control.json goes. */
	readonly file: string;
	readonly describe: Omit<ControlFile, 'url' | 'token'>;
};

const REQUEST_BYTES_MAX = 256 * 1024;
const EVENT_STREAMS_MAX = 64;
const HASH = /^[0-9a-f]{64}$/;
const KEY_HASH = /^[0-9a-f]{56}$/;

/** Leaves a handler with a coded answer. */
const refuse = (code: string, detail: {readonly status?: number; readonly [field: string]: unknown} = {}) =>
	new NodeError({...detail, code});

const hex = (value: unknown, form: RegExp, field: string): string => {
	if (typeof value === 'string' && form.test(value)) return value;
	throw refuse('REQUEST_BAD_FIELD', {field, message: `${field} is not lower-case hex of the right length`});
};

const count = (value: unknown, field: string, max: number = Number.MAX_SAFE_INTEGER): number => {
	const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
	if (Number.isSafeInteger(number) && number <= max) return number;
	throw refuse('REQUEST_BAD_FIELD', {field, message: `${field} is not a number from 0 to ${max}`});
};

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
	value === undefined ? undefined : read(value);

const postedBytes = (body: unknown): Uint8Array => {
	const text = (body as {readonly cborHex?: unknown} | null | undefined)?.cborHex;
	const bytes = typeof text === 'string' ? parseHex(text) : undefined;
	if (bytes !== undefined && bytes.length > 0) return bytes;
	throw refuse('REQUEST_BAD_FIELD', {field: 'cborHex', message: 'the body must be {"cborHex": "…"}'});
};

const found = <T>(value: T | undefined, code: string): T => {
	if (value !== undefined) return value;
	throw refuse(code, {status: 404});
};

const epochName = (value: unknown): EpochName => {
	if (value === 'current' || value === 'next') return value;
	throw refuse('REQUEST_BAD_FIELD', {field: 'epoch', message: 'epoch is "current" or "next"'});
};

/** What is well asked and cannot be answered as things are. */
const orRefused = <T extends object>(reply: FastifyReply, answer: T | ApiFailure): FastifyReply =>
	reply.code('code' in answer ? 409 : 200).send(answer);

const queryOf = (request: FastifyRequest): Readonly<Record<string, unknown>> =>
	request.query as Readonly<Record<string, unknown>>;
const idOf = (request: FastifyRequest): unknown => (request.params as {readonly id?: unknown}).id;

const authorise = (token: string) => {
	const wanted = Buffer.from(`Bearer ${token}`);
	return async (request: FastifyRequest): Promise<void> => {
		const given = Buffer.from(request.headers.authorization ?? '');
		if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
			throw refuse('CONTROL_TOKEN_WRONG', {
				status: 401,
				message: 'Send the token of control.json in the node’s data folder.',
			});
	};
};

const answerErrors = (server: FastifyInstance, log: Log): void => {
	server.setErrorHandler((error: Error & {readonly statusCode?: number}, _request, reply) => {
		if (error instanceof NodeError) {
			const {status = 400, ...detail} = error.detail;
			return reply.code(Number(status)).send(detail);
		}
		const status = error.statusCode ?? 500;
		if (status < 500)
			return reply
				.code(status)
				.send({code: 'REQUEST_MALFORMED', message: 'The request is not what is served here.'});
		log.error('control request failed', {error});
		return reply.code(500).send({code: 'CONTROL_FAILED', message: 'The node failed; its log says why.'});
	});
	server.setNotFoundHandler((_request, reply) => reply.code(404).send({code: 'ROUTE_UNKNOWN'}));
};

const serveChain = (server: FastifyInstance, backend: ControlBackend): void => {
	server.get('/status', () => backend.status());
	server.get('/blocks/:id', async request => {
		const id = String(idOf(request));
		const key = HASH.test(id) ? {hash: parseHex(id) as Uint8Array} : {blockNo: count(id, 'id')};
		return found(await backend.block(key), 'BLOCK_UNKNOWN');
	});
	server.get('/chain', request => {
		const {from, limit} = queryOf(request);
		return backend.chain({
			from: optional(from, value => count(value, 'from')) ?? 0,
			limit: optional(limit, value => count(value, 'limit', 1000)) ?? 100,
		});
	});
	server.post('/transactions', async (request, reply) => {
		const submitted = await backend.submit(postedBytes(request.body));
		return submitted.ok ? submitted.value : reply.code(422).send(submitted.error);
	});
	server.get('/transactions/:id', request => backend.transaction(hex(idOf(request), HASH, 'id')));
	server.get('/parameters', () => backend.parameters());
	server.get('/governance', () => backend.governance());
	server.get('/genesis', async (_request, reply) =>
		reply.type('application/json').send(await backend.genesis()),
	);
	server.get('/money', () => backend.money());
	server.get('/checkpoint', () => backend.checkpoints());
	server.get('/checkpoint/proof', async request => {
		const {period, claim, tag} = queryOf(request);
		const query = {
			period: count(period, 'period'),
			claimId: hex(claim, HASH, 'claim'),
			tag: optional(tag, value => count(value, 'tag', 2)) ?? 0,
		};
		return found(await backend.payoutProof(query), 'PAYOUT_UNKNOWN');
	});
};

const serveLedger = (server: FastifyInstance, backend: ControlBackend): void => {
	server.get('/accounts/:id', request => backend.account(hex(idOf(request), KEY_HASH, 'id')));
	server.get('/accounts/:id/history', request => {
		const {limit, before} = queryOf(request);
		const last = optional(before, value => count(value, 'before'));
		return backend.history(hex(idOf(request), KEY_HASH, 'id'), {
			limit: optional(limit, value => count(value, 'limit', 1000)) ?? 100,
			...(last !== undefined && {before: last}),
		});
	});
	server.get('/pools', () => backend.pools());
	server.get('/pools/:id', async request =>
		found(await backend.pool(hex(idOf(request), KEY_HASH, 'id')), 'POOL_UNKNOWN'),
	);
	server.get('/pools/:id/leadership', async (request, reply) => {
		const id = hex(idOf(request), KEY_HASH, 'id');
		return orRefused(reply, await backend.leadership(id, epochName(queryOf(request)['epoch'])));
	});
	server.get('/providers', () => backend.providers());
	server.get('/providers/:id', async request =>
		found(await backend.provider(hex(idOf(request), HASH, 'id')), 'PROVIDER_UNKNOWN'),
	);
	server.get('/provider', async () => found(await backend.ownProvider(), 'OWN_PROVIDER_UNKNOWN'));
	server.get('/providers/:id/reputation', async request =>
		found(await backend.reputation(hex(idOf(request), HASH, 'id')), 'PROVIDER_UNKNOWN'),
	);
	server.get('/agreements', request => {
		const {client, payer, provider} = queryOf(request);
		return backend.agreements({
			...(client !== undefined && {client: hex(client, KEY_HASH, 'client')}),
			...(payer !== undefined && {payer: hex(payer, KEY_HASH, 'payer')}),
			...(provider !== undefined && {provider: hex(provider, HASH, 'provider')}),
		});
	});
	server.get('/agreements/:id', async request =>
		found(await backend.agreement(hex(idOf(request), HASH, 'id')), 'AGREEMENT_UNKNOWN'),
	);
	server.get('/accounts/:id/heads', request => backend.heads(hex(idOf(request), KEY_HASH, 'id')));
	server.get('/accounts/:id/heads/:bucket', async request => {
		const {bucket} = request.params as {readonly bucket?: unknown};
		const owner = hex(idOf(request), KEY_HASH, 'id');
		return found(await backend.head(owner, hex(bucket, HASH, 'bucket')), 'HEAD_UNKNOWN');
	});
	server.get('/channels', request => {
		const {funder, payee} = queryOf(request);
		return backend.channels({
			...(funder !== undefined && {funder: hex(funder, KEY_HASH, 'funder')}),
			...(payee !== undefined && {payee: hex(payee, KEY_HASH, 'payee')}),
		});
	});
	server.get('/channels/:id', async request =>
		found(await backend.channel(hex(idOf(request), HASH, 'id')), 'CHANNEL_UNKNOWN'),
	);
	server.get('/announcements', () => backend.announcements());
	server.post('/announcements', async (request, reply) => {
		const failure = await backend.announce(postedBytes(request.body));
		return failure === undefined ? {} : reply.code(422).send(failure);
	});
};

/** What disputes on Cardano show, and what answers them. */
const serveDisputes = (server: FastifyInstance, backend: ControlBackend): void => {
	server.get('/providers/:id/forest', async request => {
		const {epoch, period} = queryOf(request);
		const query = {
			provider: hex(idOf(request), HASH, 'id'),
			epoch: optional(epoch, value => count(value, 'epoch', EPOCH_MAX)),
			period: optional(period, value => count(value, 'period', EPOCH_MAX)),
		};
		return found(await backend.forestEvidence(query), 'FOREST_UNKNOWN');
	});
	server.get('/providers/:id/opening', async request => {
		const {root, leaves, leaf} = queryOf(request);
		const query = {
			provider: hex(idOf(request), HASH, 'id'),
			root: hex(root, HASH, 'root'),
			totalLeaves: String(count(leaves, 'leaves')),
			leaf: String(count(leaf, 'leaf')),
		};
		return found(await backend.leafOpening(query), 'LEAF_OPENING_UNKNOWN');
	});
};

const serveForging = (server: FastifyInstance, backend: ControlBackend): void => {
	server.get('/forging/schedule', async (request, reply) =>
		orRefused(reply, await backend.schedule(epochName(queryOf(request)['epoch']))),
	);
	server.post('/forging/promote', async (_request, reply) => orRefused(reply, await backend.promote()));
	server.post('/forging/demote', async (_request, reply) => orRefused(reply, await backend.demote()));
};

async function* asLines(events: AsyncIterable<EventLine>, signal: AbortSignal): AsyncGenerator<string> {
	try {
		// Sent at once, so that a client knows that it is listening before anything happens.
		yield '\n';
		for await (const line of events) yield `${JSON.stringify(line)}\n`;
	} catch (error) {
		if (!signal.aborted) throw error;
	}
}

const serveEvents = (server: FastifyInstance, backend: ControlBackend, stopping: AbortSignal): void => {
	let open = 0;
	server.get('/events', (request: FastifyRequest, reply: FastifyReply) => {
		const from = optional(queryOf(request)['from'], value => count(value, 'from'));
		if (open >= EVENT_STREAMS_MAX) throw refuse('EVENTS_TOO_MANY', {status: 503});
		const gone = new AbortController();
		const signal = AbortSignal.any([gone.signal, stopping]);
		open++;
		reply.raw.once('close', () => {
			open--;
			gone.abort();
		});
		const lines = Readable.from(asLines(backend.events({from, signal}), signal));
		return reply.type('application/x-ndjson').send(lines);
	});
};

/** One after the other: each reads the whole chain since its checkpoint. */
const serveSnapshots = (server: FastifyInstance, backend: ControlBackend): void => {
	let isBusy = false;
	server.get('/snapshot', async (request: FastifyRequest, reply: FastifyReply) => {
		const period = optional(queryOf(request)['period'], value => count(value, 'period'));
		if (isBusy) throw refuse('SNAPSHOT_EXPORT_BUSY', {status: 503, message: 'Another export is under way.'});
		isBusy = true;
		reply.raw.once('close', () => {
			isBusy = false;
		});
		const bytes = Readable.from(await backend.snapshot({period}), {objectMode: false});
		return reply.type('application/octet-stream').send(bytes);
	});
};

/** Serves `backend` and writes control.json; `stop` removes it. Throws PORT_IN_USE. */
export const startControlServer = async (
	backend: ControlBackend,
	{port, file, describe}: ControlServerOptions,
	{log}: {readonly log: Log},
): Promise<ControlServer> => {
	const token = randomBytes(32).toString('hex');
	const server = fastify({bodyLimit: REQUEST_BYTES_MAX, forceCloseConnections: true});
	const stopping = new AbortController();
	answerErrors(server, log);
	server.addHook('onRequest', authorise(token));
	serveChain(server, backend);
	serveLedger(server, backend);
	serveDisputes(server, backend);
	serveForging(server, backend);
	serveEvents(server, backend, stopping.signal);
	serveSnapshots(server, backend);
	let url: string;
	try {
		url = await server.listen({host: '127.0.0.1', port});
	} catch (cause) {
		throw new NodeError(
			{
				code: 'PORT_IN_USE',
				host: '127.0.0.1',
				port,
				message: `Cannot serve the control API on port ${port}: choose another, or 0 for a free one.`,
			},
			{cause},
		);
	}
	const contents: ControlFile = {...describe, url, token};
	await writeFileAtomically(file, `${JSON.stringify(contents, null, '\t')}\n`);
	return {
		url,
		stop: async () => {
			await rm(file, {force: true});
			stopping.abort();
			await server.close();
		},
	};
};
