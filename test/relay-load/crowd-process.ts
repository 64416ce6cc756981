/** Hundreds of connections to one node, half of them hostile, from addresses of their own, in a process of their own. */
import {setMaxListeners} from 'node:events';
import {connect} from 'node:net';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {tcpBearer} from '#relay/bearer/tcp';
import {type Connection, openConnection} from '#relay/connection';
import {Random} from '../simulation/random.ts';
import type {FromCrowd, HostileTally, ToCrowd} from './crowd-messages.ts';
import {type HostileKind, hostileKinds} from './hostile-kinds.ts';
import {RawTcpPeer} from './raw-peer.ts';

type Gathering = Extract<ToCrowd, {kind: 'gather'}>;

/** Each address has fewer places than a full node gives one. */
const ADDRESSES = 48;
const CROWDED_ADDRESS = '127.0.4.1';
/** Well-behaved peers ask something every so often. */
const CALM_MS = [5_000, 15_000] as const;
const AGAIN_MS = [100, 1_500] as const;
const OTHER_MAGIC = 7;
const kinds = Object.keys(hostileKinds) as HostileKind[];

const stopping = new AbortController();
const {signal} = stopping;
setMaxListeners(0, signal);
const hostile = Object.fromEntries(kinds.map(kind => [kind, {connections: 0, letGo: 0}])) as Record<
	HostileKind,
	HostileTally
>;
const calmLost: Record<string, number> = {};
let calmAnswers = 0;
const tasks: Promise<void>[] = [];

const tell = (message: FromCrowd): void => {
	process.send?.(message);
};

/** Keeps the connection up and asks now and then, as a wallet or a monitor does. */
const ask = async (connection: Connection, random: Random): Promise<void> => {
	const {chainSync} = defined(connection.client, 'who dials may ask');
	try {
		for (;;) {
			await chainSync.findIntersect(['origin'], {signal});
			calmAnswers++;
			await delay(random.between(...CALM_MS), undefined, {signal});
		}
	} catch {
		if (signal.aborted) return;
		const {code} = await connection.closed;
		calmLost[code] = (calmLost[code] ?? 0) + 1;
	}
};

const joinCalmly = async ({port, networkMagic}: Gathering, number: number, random: Random): Promise<void> => {
	const from = `127.0.2.${1 + (number % ADDRESSES)}`;
	const socket = connect({port, host: '127.0.0.1', localAddress: from});
	await new Promise<void>((resolve, reject) => {
		socket.once('connect', () => resolve());
		socket.once('error', reject);
	});
	const connection = await openConnection(
		{
			bearer: tcpBearer(socket),
			direction: 'outbound',
			networkMagic,
			initiatorOnly: true,
			peerSharing: false,
			handlers: () => ({}),
		},
		{signal},
	);
	tasks.push(ask(connection, random));
};

/** One place in the crowd: as soon as it is let go it is back. */
const beHostile = async (
	{port, networkMagic, range}: Gathering,
	number: number,
	random: Random,
): Promise<void> => {
	const kind = kinds[number % kinds.length] as HostileKind;
	const tally = hostile[kind];
	const from = kind === 'crowding' ? CROWDED_ADDRESS : `127.0.3.${1 + (number % ADDRESSES)}`;
	while (!signal.aborted) {
		await delay(random.between(...AGAIN_MS), undefined, {signal}).catch(() => undefined);
		const magic = kind === 'otherNetwork' ? OTHER_MAGIC : networkMagic;
		const peer = new RawTcpPeer({port, from, networkMagic: magic});
		tally.connections++;
		await peer.connected;
		await hostileKinds[kind](peer, {random, range, signal});
		if (!peer.isOpen) tally.letGo++;
		peer.hangUp();
		await peer.closed;
	}
};

const gather = async (gathering: Gathering): Promise<void> => {
	const random = new Random(gathering.seed).fork('crowd');
	for (let number = 0; number < gathering.calm; number++)
		await joinCalmly(gathering, number, random.fork(`calm ${number}`));
	for (let number = 0; number < gathering.hostile; number++)
		tasks.push(beHostile(gathering, number, random.fork(`hostile ${number}`)));
	tell({kind: 'gathered'});
};

const stop = async (): Promise<void> => {
	stopping.abort(new NodeError({code: 'CROWD_STOPPED'}));
	await Promise.all(tasks);
	tell({kind: 'stopped', hostile, calmLost, calmAnswers});
	process.disconnect();
};

process.on('message', (message: ToCrowd) => {
	(message.kind === 'gather' ? gather(message) : stop()).catch((error: unknown) => {
		tell({kind: 'failed', code: error instanceof NodeError ? error.code : String(error)});
	});
});

// Whoever drives this process is gone.
process.once('disconnect', () => process.exit());
