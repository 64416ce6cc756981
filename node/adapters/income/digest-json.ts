/** JSON by POST to a server that asks for HTTP's digest login (RFC 7616 with MD5, which is what monero-wallet-rpc speaks). */
import {createHash, randomBytes} from 'node:crypto';
import {Agent, request as openRequest} from 'node:http';
import {Transform} from 'node:stream';
import {text as wholeText} from 'node:stream/consumers';
import {NodeError} from '#kernel/node-error';
import type {JsonAnswer, JsonRequest} from '../http-json.ts';

export type Login = {readonly user: string; readonly password: string};

type Reply = {readonly status: number; readonly challenge: string; readonly text: string};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const valueIn = (challenge: string, name: string): string | undefined =>
	new RegExp(`\\b${name}="([^"]{1,200})"`).exec(challenge)?.[1];

/** The answer to a challenge, for its first use; undefined when it is none that this can answer. */
export const digestAuthorization = (
	challenge: string,
	{user, password}: Login,
	{method, uri, clientNonce}: {readonly method: string; readonly uri: string; readonly clientNonce: string},
): string | undefined => {
	const realm = valueIn(challenge, 'realm');
	const nonce = valueIn(challenge, 'nonce');
	if (!/^Digest /i.test(challenge) || realm === undefined || nonce === undefined) return undefined;
	const count = '00000001';
	const secret = md5(`${user}:${realm}:${password}`);
	const response = md5(`${secret}:${nonce}:${count}:${clientNonce}:auth:${md5(`${method}:${uri}`)}`);
	const quoted = Object.entries({username: user, realm, nonce, uri, cnonce: clientNonce, response});
	const fields = quoted.map(([name, value]) => `${name}="${value}"`);
	return `Digest ${fields.join(', ')}, algorithm=MD5, qop=auth, nc=${count}`;
};

/** Breaks off what is longer than `bytesMax`. */
const bounded = (bytesMax: number): Transform => {
	let length = 0;
	return new Transform({
		transform(part: Uint8Array, _encoding, done) {
			length += part.length;
			done(length > bytesMax ? new RangeError(`longer than ${bytesMax} bytes`) : null, part);
		},
	});
};

const post = (
	{url, body, bytesMax}: JsonRequest,
	{agent, signal, authorization}: {agent: Agent; signal: AbortSignal; authorization?: string},
): Promise<Reply> =>
	new Promise((resolve, reject) => {
		const headers = {'content-type': 'application/json', ...(authorization && {authorization})};
		const sent = openRequest(url, {method: 'POST', agent, signal, headers}, response => {
			const limit = bounded(bytesMax);
			response.once('error', error => limit.destroy(error));
			wholeText(response.pipe(limit)).then(text => {
				const challenge = response.headers['www-authenticate'] ?? '';
				resolve({status: response.statusCode ?? 0, challenge, text});
			}, reject);
		});
		sent.once('error', reject);
		sent.end(JSON.stringify(body));
	});

/**
 * One request, asked for the challenge first. monero-wallet-rpc knows a challenge only on the connection on which it was
 * given, so that both go over one. Throws `unreachable`, `invalid`, and `refused` when the login is wrong.
 */
export const requestJsonWithLogin = async (
	request: JsonRequest & {readonly refused: NodeError},
	login: Login,
): Promise<JsonAnswer> => {
	const agent = new Agent({keepAlive: true, maxSockets: 1});
	const timeout = AbortSignal.timeout(request.timeoutMs);
	const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
	let reply: Reply;
	try {
		reply = await post(request, {agent, signal});
		if (reply.status === 401) {
			const uri = new URL(request.url).pathname;
			const clientNonce = randomBytes(16).toString('hex');
			const authorization = digestAuthorization(reply.challenge, login, {method: 'POST', uri, clientNonce});
			if (authorization === undefined) throw request.refused;
			reply = await post(request, {agent, signal, authorization});
		}
	} catch (cause) {
		request.signal?.throwIfAborted();
		if (cause instanceof NodeError) throw cause;
		throw new NodeError(cause instanceof RangeError ? request.invalid : request.unreachable, {cause});
	} finally {
		agent.destroy();
	}
	if (reply.status === 401) throw request.refused;
	try {
		return {status: reply.status, json: JSON.parse(reply.text)};
	} catch (cause) {
		throw new NodeError({...request.invalid, problem: 'not JSON', status: reply.status}, {cause});
	}
};
