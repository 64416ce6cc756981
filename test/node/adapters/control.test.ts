import {readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {NodeError} from '#kernel/node-error';
import {connectControl, createControlClient} from '#node/adapters/control-client';
import {startControlServer} from '#node/adapters/control-server';
import type {ChannelView, ControlFile, EventLine, StatusView, Submission} from '#node/ports/control-api';
import type {ControlBackend} from '#node/ports/control-backend';
import {silentLog} from '../../support/silent-log.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const HASH = 'ab'.repeat(32);
const ACCOUNT = 'cd'.repeat(28);
const line: EventLine = {slot: 3, blockNo: 1, blockHash: HASH, event: {kind: 'adopted'}};

const unused = (): never => {
	throw new NodeError({code: 'TEST_UNUSED'});
};

const backendWith = (parts: Partial<ControlBackend>): ControlBackend =>
	new Proxy(parts, {get: (target, name) => Reflect.get(target, name) ?? unused}) as ControlBackend;

const start = async (t: ExecutionContext, parts: Partial<ControlBackend>) => {
	const folder = await temporaryFolder(t);
	const server = await startControlServer(
		backendWith(parts),
		{
			port: 0,
			file: path.join(folder, 'control.json'),
			describe: {pid: 1, p2pHost: '127.0.0.1', p2pPort: 2, metricsUrl: null, genesisHash: HASH, name: 'test'},
		},
		{log: silentLog},
	);
	t.teardown(() => server.stop());
	return {folder, server, client: await connectControl(folder)};
};

/** A request as any program could send it, with the right token. */
const rawRequest = async (folder: string, route: string, init: RequestInit = {}) => {
	const {url, token} = JSON.parse(await readFile(path.join(folder, 'control.json'), 'utf8')) as ControlFile;
	const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
	const response = await fetch(`${url}${route}`, {headers, ...init});
	return {status: response.status, body: (await response.json()) as unknown};
};

test('answers through the client what the node says', async t => {
	const status = {name: 'test', tip: {slot: 3, hash: HASH, blockNo: 1}} as StatusView;
	const {client} = await start(t, {status: () => status});
	t.deepEqual(await client.status(), status);
});

test('hands out a snapshot file, one at a time', async t => {
	const asked: (number | undefined)[] = [];
	let go: () => void = () => undefined;
	const gate = new Promise<void>(resolve => {
		go = resolve;
	});
	async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
		yield new Uint8Array(100_000).fill(1);
		await gate;
		yield new Uint8Array(7).fill(2);
	}
	const {client} = await start(t, {
		snapshot: async ({period}) => {
			asked.push(period);
			if (period === 9) throw new NodeError({code: 'EXPORT_STATE_NOT_KEPT', period});
			return bytes();
		},
	});
	const {signal} = new AbortController();
	const lengthOf = async (
		period?: number,
		meanwhile: () => Promise<void> = () => Promise.resolve(),
	): Promise<number> => {
		let length = 0;
		for await (const chunk of client.snapshot({period, signal})) {
			if (length === 0) await meanwhile();
			length += chunk.length;
		}
		return length;
	};
	const first = lengthOf(undefined, async () => {
		await t.throwsAsync(lengthOf(4), {code: 'SNAPSHOT_EXPORT_BUSY'});
		go();
	});
	t.is(await first, 100_007);
	await t.throwsAsync(lengthOf(9), {code: 'EXPORT_STATE_NOT_KEPT'});
	t.is(await lengthOf(3), 100_007);
	t.deepEqual(asked, [undefined, 9, 3]);
});

test('keeps control.json for its owner and removes it when it stops', async t => {
	const {folder, server} = await start(t, {});
	t.is((await stat(path.join(folder, 'control.json'))).mode & 0o777, 0o600);
	await server.stop();
	const error = await t.throwsAsync(connectControl(folder), {instanceOf: NodeError});
	t.is(error?.code, 'CONTROL_FILE_MISSING');
});

test('says nothing without the token', async t => {
	const {server} = await start(t, {status: unused});
	const client = createControlClient({url: server.url, token: 'wrong'});
	const error = await t.throwsAsync(client.status(), {instanceOf: NodeError});
	t.is(error?.code, 'CONTROL_TOKEN_WRONG');
});

test('hands a transaction over and passes on why it was refused', async t => {
	const seen: Uint8Array[] = [];
	const answers: Submission[] = [
		{ok: true, value: {txId: HASH}},
		{ok: false, error: {code: 'TX_SEQUENCE_WRONG', expected: '4'}},
	];
	const {client} = await start(t, {
		submit: bytes => {
			seen.push(bytes);
			return answers.shift() as Submission;
		},
	});
	t.deepEqual(await client.submit(Uint8Array.of(1, 2)), {ok: true, value: {txId: HASH}});
	t.deepEqual(await client.submit(Uint8Array.of(3)), {
		ok: false,
		error: {code: 'TX_SEQUENCE_WRONG', expected: '4'},
	});
	t.deepEqual(seen, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
});

test('finds a block by hash and by number, and says when there is none', async t => {
	const keys: unknown[] = [];
	const {client} = await start(t, {
		block: key => {
			keys.push(key);
			return undefined;
		},
	});
	t.is(await client.block(HASH), undefined);
	t.is(await client.block(7), undefined);
	t.deepEqual(keys, [{hash: new Uint8Array(32).fill(0xab)}, {blockNo: 7}]);
});

const badRequests: Readonly<
	Record<string, readonly [route: string, init: RequestInit, status: number, code: string]>
> = {
	'a block id that is neither': ['/blocks/xyz', {}, 400, 'REQUEST_BAD_FIELD'],
	'a negative number': ['/chain?from=-1', {}, 400, 'REQUEST_BAD_FIELD'],
	'a limit that is too high': ['/chain?limit=1001', {}, 400, 'REQUEST_BAD_FIELD'],
	'a number that repeats': ['/chain?from=1&from=2', {}, 400, 'REQUEST_BAD_FIELD'],
	'an account id of another length': [`/accounts/${HASH}`, {}, 400, 'REQUEST_BAD_FIELD'],
	'a body that is not JSON': ['/transactions', {method: 'POST', body: '{'}, 400, 'REQUEST_MALFORMED'],
	'a body that is null': ['/transactions', {method: 'POST', body: 'null'}, 400, 'REQUEST_BAD_FIELD'],
	'a transaction that is not hex': [
		'/transactions',
		{method: 'POST', body: '{"cborHex":"zz"}'},
		400,
		'REQUEST_BAD_FIELD',
	],
	'a body without end': [
		'/transactions',
		{method: 'POST', body: `{"cborHex":"${'00'.repeat(200_000)}"}`},
		413,
		'REQUEST_MALFORMED',
	],
	'a route that is not there': ['/nothing', {}, 404, 'ROUTE_UNKNOWN'],
};

for (const [what, [route, init, status, code]] of Object.entries(badRequests))
	test(`answers ${what} with a code`, async t => {
		const {folder} = await start(t, {submit: unused, block: unused, chain: unused, account: unused});
		const answer = await rawRequest(folder, route, init);
		t.is(answer.status, status);
		t.is((answer.body as {code: string}).code, code);
	});

test('hides the inside of a failure of its own', async t => {
	const {folder} = await start(t, {
		pools: () => {
			throw new TypeError('secret');
		},
	});
	t.deepEqual(await rawRequest(folder, '/pools'), {
		status: 500,
		body: {code: 'CONTROL_FAILED', message: 'The node failed; its log says why.'},
	});
});

test('passes the filters of lists on', async t => {
	const seen: unknown[] = [];
	const {client} = await start(t, {
		agreements: filter => {
			seen.push(filter);
			return [];
		},
		heads: owner => {
			seen.push(owner);
			return [];
		},
		head: (owner, bucket) => {
			seen.push([owner, bucket]);
			return undefined;
		},
		history: (id, range) => {
			seen.push([id, range]);
			return [];
		},
	});
	await client.agreements({client: ACCOUNT});
	t.deepEqual(await client.heads(ACCOUNT), []);
	t.is(await client.head(ACCOUNT, HASH), undefined);
	await client.agreements({provider: HASH});
	await client.history(ACCOUNT, {limit: 5, before: 9});
	t.deepEqual(seen, [
		{client: ACCOUNT},
		ACCOUNT,
		[ACCOUNT, HASH],
		{provider: HASH},
		[ACCOUNT, {limit: 5, before: 9}],
	]);
});

test('streams events until the listener leaves', async t => {
	let left = false;
	const {client} = await start(t, {
		async *events({from, signal}) {
			try {
				for (let blockNo = from ?? 0; !signal.aborted; blockNo++) {
					yield {...line, blockNo};
					if (blockNo === 6) await new Promise(resolve => signal.addEventListener('abort', resolve));
				}
			} finally {
				left = true;
			}
		},
	});
	const listening = new AbortController();
	const seen: number[] = [];
	for await (const {blockNo} of client.events({from: 4, signal: listening.signal})) {
		seen.push(blockNo);
		if (seen.length === 3) listening.abort();
	}
	t.deepEqual(seen, [4, 5, 6]);
	while (!left) await new Promise(resolve => setImmediate(resolve));
	t.true(left);
});

test('says that the node went away in the middle of events', async t => {
	const {client, server} = await start(t, {
		async *events({signal}) {
			yield line;
			await new Promise(resolve => signal.addEventListener('abort', resolve));
		},
	});
	const listening = new AbortController();
	const follow = async (): Promise<void> => {
		for await (const _ of client.events({signal: listening.signal})) await server.stop();
	};
	const error = await t.throwsAsync(follow(), {instanceOf: NodeError});
	t.is(error?.code, 'CONTROL_UNREACHABLE');
});

test('says that no node answers', async t => {
	const {client, server} = await start(t, {});
	await server.stop();
	const error = await t.throwsAsync(client.status(), {instanceOf: NodeError});
	t.is(error?.code, 'CONTROL_UNREACHABLE');
});

test('refuses to follow a control file to another machine', async t => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'control.json'), '{"url":"http://192.0.2.1:1","token":"x"}', {
		mode: 0o600,
	});
	const error = await t.throwsAsync(connectControl(folder), {instanceOf: NodeError});
	t.is(error?.code, 'CONTROL_FILE_BAD');
});

test('says that its port is taken', async t => {
	const {folder, server} = await start(t, {});
	const second = startControlServer(
		backendWith({}),
		{
			port: Number(new URL(server.url).port),
			file: path.join(folder, 'other.json'),
			describe: {pid: 1, p2pHost: '127.0.0.1', p2pPort: 2, metricsUrl: null, genesisHash: HASH, name: 'test'},
		},
		{log: silentLog},
	);
	const error = await t.throwsAsync(second, {instanceOf: NodeError});
	t.is(error?.code, 'PORT_IN_USE');
});

test('finds channels by funder and payee, and says when there is none of that id', async t => {
	const asked: unknown[] = [];
	const channel = {id: HASH, status: 'open'} as ChannelView;
	const {client, folder} = await start(t, {
		channels: filter => {
			asked.push(filter);
			return [channel];
		},
		channel: id => (id === HASH ? channel : undefined),
	});
	t.deepEqual(await client.channels({}), [channel]);
	t.deepEqual(await client.channels({funder: ACCOUNT, payee: ACCOUNT}), [channel]);
	t.deepEqual(asked, [{}, {funder: ACCOUNT, payee: ACCOUNT}]);
	t.deepEqual(await client.channel(HASH), channel);
	t.is(await client.channel('00'.repeat(32)), undefined);
	t.is((await rawRequest(folder, '/channels?payee=zz')).status, 400);
	t.like(await rawRequest(folder, `/channels/${'00'.repeat(32)}`), {
		status: 404,
		body: {code: 'CHANNEL_UNKNOWN'},
	});
});
