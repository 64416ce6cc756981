import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {lstat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {NodeError} from '#kernel/node-error';
import type {LocalHandlers} from '#relay/handlers';
import {type LocalListener, listenLocally} from '#relay/local-listener';
import {LOCAL, LocalClient, proposalHex} from '../support/local-client.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const MAGIC = 42;

/** An empty chain. */
const handlers = (): LocalHandlers => ({
	chain: {
		findIntersect: async () => ({intersect: undefined, tip: 'origin'}),
		next: async () => undefined,
		waitForChange: () => new Promise(() => undefined),
		close: () => undefined,
	},
	acquire: async target => (target === 'origin' ? 'pointTooOld' : 'pointNotOnChain'),
	refusal: 'not here',
});

type Opened = {
	readonly listener: LocalListener;
	/** Why the next client has gone. */
	readonly gone: () => Promise<unknown>;
};

const open = async (t: ExecutionContext, file: string): Promise<Opened> => {
	const reasons: unknown[] = [];
	let wake: () => void = () => undefined;
	const left = (reason: unknown): void => {
		reasons.push(reason);
		wake();
	};
	const listener = await listenLocally({path: file, networkMagic: MAGIC, handlers, left});
	t.teardown(() => listener.close());
	return {
		listener,
		gone: async () => {
			while (reasons.length === 0)
				await new Promise<void>(resolve => {
					wake = resolve;
				});
			return reasons.shift();
		},
	};
};

const detailOf = (reason: unknown): unknown => {
	if (!(reason instanceof NodeError)) return reason;
	const {message: _, ...detail} = reason.detail;
	return detail;
};

const socketIn = async (t: ExecutionContext): Promise<string> => path.join(await temporaryFolder(t), 's');

const shake = async (t: ExecutionContext, file: string): Promise<LocalClient> => {
	const client = await LocalClient.connect(file);
	t.teardown(() => client.close());
	t.is(await client.ask(LOCAL.handshake, proposalHex(MAGIC)), '830119801482182af4');
	return client;
};

test('a socket is for its owner and group, and goes with the node', async t => {
	const file = await socketIn(t);
	const {listener} = await open(t, file);
	const {mode} = await lstat(file);
	t.is(mode & 0o777, 0o660);
	const client = await shake(t, file);
	await listener.close();
	t.is(await client.receive(LOCAL.stateQuery), undefined);
	await t.throwsAsync(lstat(file), {code: 'ENOENT'});
});

test('a socket on which somebody listens is left to them; one that a killed process left is taken over', async t => {
	const file = await socketIn(t);
	const script = `require('node:net').createServer().listen(process.argv[1], () => process.stdout.write('listens'))`;
	const other = spawn(process.execPath, ['-e', script, file], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => other.kill('SIGKILL'));
	await once(other.stdout, 'data');
	const error = await t.throwsAsync(open(t, file), {instanceOf: NodeError});
	t.like(error, {code: 'RELAY_SOCKET_IN_USE', detail: {path: file}});
	other.kill('SIGKILL');
	await once(other, 'close');
	t.true((await lstat(file)).isSocket());
	await open(t, file);
	await shake(t, file);
});

test('what is no socket is never removed, and paths that cannot be are refused with a code', async t => {
	const file = await socketIn(t);
	await writeFile(file, 'precious');
	await t.throwsAsync(open(t, file), {code: 'RELAY_SOCKET_PATH_TAKEN'} as object);
	await t.throwsAsync(open(t, `/${'x'.repeat(103)}`), {code: 'RELAY_SOCKET_PATH_LONG'} as object);
	await t.throwsAsync(open(t, `${file}/below`), {code: 'RELAY_SOCKET_FAILED'} as object);
	await t.throwsAsync(open(t, `${file}-folder/socket`), {code: 'RELAY_SOCKET_FAILED'} as object);
});

test('a client of another network, of node-to-node, or that only asks for versions gets its answer and no connection', async t => {
	const file = await socketIn(t);
	const {gone} = await open(t, file);
	for (const [proposal, problem, reply] of [
		[proposalHex(1), 'HANDSHAKE_MAGIC_MISMATCH', /^820283021980147/],
		[
			'8200a10e84182af401f4',
			'HANDSHAKE_VERSION_MISMATCH',
			/^820282008819801019801119801219801319801419801519801619/,
		],
		[proposalHex(MAGIC, {query: true}), 'HANDSHAKE_QUERIED', /^8203a819801082182af5/],
	] as const) {
		const client = await LocalClient.connect(file);
		t.regex((await client.ask(LOCAL.handshake, proposal)) ?? '', reply);
		t.is(await client.receive(LOCAL.handshake), undefined);
		t.like(await gone(), {code: 'RELAY_HANDSHAKE_FAILED', detail: {problem}});
	}
});

test('a transaction is refused with the reason, as often as one is handed in', async t => {
	const file = await socketIn(t);
	await open(t, file);
	const client = await shake(t, file);
	for (let count = 0; count < 2; count++)
		t.is(await client.ask(LOCAL.txSubmission, '82008206d81843010203'), '8202818206818207686e6f742068657265');
	client.send(LOCAL.txSubmission, '8103');
	t.is(await client.ask(LOCAL.txSubmission, '82008206d81843010203'), '8202818206818207686e6f742068657265');
});

test('a state that is not there is not acquired, and the client may try another', async t => {
	const file = await socketIn(t);
	await open(t, file);
	const client = await shake(t, file);
	t.is(await client.ask(LOCAL.stateQuery, '8108'), '820201');
	t.is(await client.ask(LOCAL.stateQuery, '820080'), '820200');
	t.is(await client.ask(LOCAL.chainSync, '8100'), '8101');
});

test('what is not served, and a message out of its turn, end that connection with a code', async t => {
	const file = await socketIn(t);
	const {gone} = await open(t, file);
	for (const [protocol, hex, detail] of [
		[LOCAL.txMonitor, '8101', {code: 'RELAY_PROTOCOL_UNKNOWN', key: 0x80_09}],
		// A query before a state is acquired.
		[
			LOCAL.stateQuery,
			'82038101',
			{code: 'RELAY_MESSAGE_UNEXPECTED', protocol: 'local-state-query', state: 'idle', received: 'query'},
		],
		[
			LOCAL.chainSync,
			'820501',
			{
				code: 'RELAY_MESSAGE_MALFORMED',
				protocol: 'local-chain-sync',
				state: 'idle',
				problem: 'CBOR_WRONG_LENGTH',
				at: 0,
			},
		],
	] as const) {
		const client = await shake(t, file);
		client.send(protocol, hex);
		t.is(await client.receive(protocol), undefined);
		t.deepEqual(detailOf(await gone()), detail);
	}
	await shake(t, file);
});

test('sixty-four clients are served at a time, and one more when one of them has gone', async t => {
	const file = await socketIn(t);
	const {gone} = await open(t, file);
	const clients: LocalClient[] = [];
	for (let count = 0; count < 64; count++) clients.push(await shake(t, file));
	const late = await LocalClient.connect(file);
	t.is(await late.receive(LOCAL.handshake), undefined);
	t.like(await gone(), {code: 'RELAY_TOO_MANY_CONNECTIONS'});
	clients.at(0)?.close();
	t.like(await gone(), {code: 'RELAY_PEER_GONE'});
	await shake(t, file);
});

test('a listener that was there first keeps its file when a second one is refused', async t => {
	const file = await socketIn(t);
	const server = createServer();
	server.listen(file);
	await once(server, 'listening');
	t.teardown(() => server.close());
	await t.throwsAsync(open(t, file), {code: 'RELAY_SOCKET_IN_USE'} as object);
	t.true((await lstat(file)).isSocket());
});
