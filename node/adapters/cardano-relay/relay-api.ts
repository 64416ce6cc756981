/** What a running relay tells its owner: JSON over HTTP on loopback, to whoever can read relay.json in its folder. */
import {randomBytes, timingSafeEqual} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import path from 'node:path';
import process from 'node:process';
import {NodeError} from '#kernel/node-error';
import {requestJson} from '../http-json.ts';
import {readBoundedFile, writeFileAtomically} from '../private-file.ts';

const FILE = 'relay.json';
/** Requests name a path only. */
const BASE = 'http://relay';
const FILE_BYTES_MAX = 65_536;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** A leader log looks at every block of an epoch. */
const ANSWER_MS_MAX = 120_000;

/** Answers a path with its query; undefined: there is no such thing. */
export type RelayAnswers = (path: string, query: URLSearchParams) => Promise<unknown>;

const isSame = (given: string | undefined, wanted: string): boolean => {
	const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)];
	return a.length === b.length && timingSafeEqual(a, b);
};

export const startRelayApi = async (
	folder: string,
	describe: {readonly p2pHost: string; readonly p2pPort: number},
	answers: RelayAnswers,
): Promise<{readonly close: () => Promise<void>}> => {
	const token = randomBytes(32).toString('hex');
	const server = createServer((request, response) => {
		const reply = (status: number, body: unknown): void => {
			response.writeHead(status, {'content-type': 'application/json'});
			response.end(JSON.stringify(body));
		};
		if (!isSame(request.headers.authorization, `Bearer ${token}`))
			return reply(401, {code: 'CONTROL_TOKEN_WRONG'});
		const target = request.url ?? '';
		if (!URL.canParse(target, BASE)) return reply(400, {code: 'CONTROL_BAD_ANSWER'});
		const {pathname, searchParams} = new URL(target, BASE);
		answers(pathname, searchParams).then(
			body => (body === undefined ? reply(404, {code: 'CONTROL_BAD_ANSWER'}) : reply(200, body)),
			(error: unknown) =>
				reply(
					500,
					error instanceof NodeError ? {...error.detail, code: error.code} : {code: 'CONTROL_FAILED'},
				),
		);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const bound = server.address();
	const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
	const file = path.join(folder, FILE);
	await writeFileAtomically(
		file,
		`${JSON.stringify({url: `http://127.0.0.1:${port}`, token, pid: process.pid, ...describe})}\n`,
	);
	return {
		close: async () => {
			await rm(file, {force: true});
			server.closeAllConnections();
			await new Promise<void>(resolve => {
				server.close(() => resolve());
			});
		},
	};
};

const readAddress = async (folder: string): Promise<{readonly url: string; readonly token: string}> => {
	try {
		const {url, token} = JSON.parse(
			await readBoundedFile(path.join(folder, FILE), {bytesMax: FILE_BYTES_MAX}),
		) as {url: unknown; token: unknown};
		if (typeof url === 'string' && typeof token === 'string') return {url, token};
		throw new SyntaxError('url or token is missing');
	} catch (cause) {
		throw new NodeError(
			{code: 'RELAY_NOT_RUNNING', folder, message: `No relay runs with the database ${folder}.`},
			{cause},
		);
	}
};

/** Asks the relay of that folder. Throws RELAY_NOT_RUNNING and what the relay says. */
export const askRelay = async (
	folder: string,
	route: string,
	{signal}: {readonly signal: AbortSignal},
): Promise<unknown> => {
	const {url, token} = await readAddress(folder);
	const message = `No relay runs with the database ${folder}.`;
	const {status, json} = await requestJson({
		url: `${url}${route}`,
		headers: {authorization: `Bearer ${token}`},
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: ANSWER_MS_MAX,
		signal,
		unreachable: {code: 'RELAY_NOT_RUNNING', folder, message},
		invalid: {code: 'CONTROL_BAD_ANSWER', folder, message: 'The relay answers nonsense.'},
	});
	if (status === 200) return json;
	const detail = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
	const code = typeof detail['code'] === 'string' ? detail['code'] : 'CONTROL_BAD_ANSWER';
	throw new NodeError({...detail, code});
};
