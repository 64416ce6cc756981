/** Memory of a node while a hundred peers take its chain, beside the same node before they came. */
import {once} from 'node:events';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {assert, defined} from '#kernel/assert';
import {tcpBearer} from '#relay/bearer/tcp';
import {type Connection, openConnection} from '#relay/connection';
import {type ForgedChain, forgeChain} from '../relay-load/chain-files.ts';
import {type Bench, type Figure, lessIsBetter} from './bench.ts';
import {ChildNode} from './chain/child-node.ts';
import {isShort} from './measure.ts';

const PEERS = 100;
const BLOCKS = isShort ? 100 : 2_000;
/** Each has at most as many connections as a node takes from one. */
const ADDRESSES = 10;
const MIB = 1024 * 1024;
const {signal} = new AbortController();

const join = async (number: number, port: number, networkMagic: number): Promise<Connection> => {
	const socket = connect({port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (number % ADDRESSES)}`});
	await once(socket, 'connect');
	return openConnection(
		{
			bearer: tcpBearer(socket),
			direction: 'outbound',
			networkMagic,
			handlers: () => ({}),
			initiatorOnly: true,
		},
		{signal},
	);
};

/** Every header, then every block. */
const takeAll = async ({client}: Connection, {blocks, range}: ForgedChain): Promise<void> => {
	const {chainSync, blockFetch} = defined(client, 'who dials may ask');
	await chainSync.findIntersect(['origin'], {signal});
	for (let headers = 0; headers < blocks; )
		if ((await chainSync.next({signal})).kind === 'rollForward') headers++;
	let fetched = 0;
	await blockFetch.fetchRange(
		range,
		() => {
			fetched++;
		},
		{signal},
	);
	assert(fetched === blocks, 'every block came');
};

const figuresOf = async (node: ChildNode, port: number, chain: ForgedChain): Promise<Figure[]> => {
	await node.ask({kind: 'feed', file: chain.file}, 'fed');
	const before = await node.ask({kind: 'memory'}, 'memory');
	const peers: Connection[] = [];
	try {
		for (let number = 0; number < PEERS; number++) peers.push(await join(number, port, chain.networkMagic));
		await Promise.all(peers.map(peer => takeAll(peer, chain)));
		const {residentBytesMax} = await node.ask({kind: 'memory'}, 'memory');
		const alone = {name: 'the same node before they came', value: before.residentBytes / MIB};
		return [lessIsBetter('node-memory-100-peers', 'MiB', residentBytesMax / MIB, alone)];
	} finally {
		for (const peer of peers) peer.close();
	}
};

export const hundredPeers: Bench = {
	name: 'hundred-peers',
	run: async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-peers-'));
		try {
			const chain = await forgeChain(folder, BLOCKS);
			const dataDir = path.join(folder, 'node');
			await mkdir(dataDir);
			const {node, port} = await ChildNode.start({dataDir, genesis: chain.genesis, logLevel: 'warn'});
			try {
				return await figuresOf(node, port, chain);
			} finally {
				await node.kill();
			}
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
