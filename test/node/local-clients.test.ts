/** What cardano-cli's `query tip` does, against a relay of Cardano with real blocks and against a node of our own chain. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {startCardanoRelay} from '#node/cardano-relay';
import {startNode} from '#node/compose';
import {readConfig} from '#node/config';
import {realBlocks, startText} from '../support/cardano-relay.ts';
import {type Item, itemOf, LOCAL, LocalClient, proposalHex} from '../support/local-client.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const {signal} = new AbortController();

const shake = async (t: ExecutionContext, socket: string, magic: number): Promise<LocalClient> => {
	const client = await LocalClient.connect(socket);
	t.teardown(() => client.close());
	t.regex((await client.ask(LOCAL.handshake, proposalHex(magic))) ?? '', /^8301198014/);
	return client;
};

type Tip = {
	readonly era: Item;
	readonly eras: readonly Item[];
	readonly blockNo: Item;
	readonly point: Item;
	readonly start: Item;
};

/** The questions of `query tip`, in its order. */
const queryTip = async (t: ExecutionContext, client: LocalClient): Promise<Tip> => {
	t.is(await client.ask(LOCAL.stateQuery, '8108'), '8101');
	const ask = async (hex: string): Promise<Item> => itemOf(await client.query(hex));
	const era = await ask('820082028101');
	const eras = (await ask('820082028100')) as readonly Item[];
	const [blockNo, point, start] = [await ask('8102'), await ask('8103'), await ask('8101')];
	return {era, eras, blockNo, point, start};
};

const relayOf = async (
	t: ExecutionContext,
	count: number,
): Promise<{readonly socket: string; readonly folder: string}> => {
	const folder = await temporaryFolder(t);
	const blocks = realBlocks.slice(0, count).map(({bytes}) => bytes);
	await writeFile(path.join(folder, '01285.chunk'), Buffer.concat(blocks));
	const socket = path.join(folder, 's');
	const relay = await startCardanoRelay(
		{
			network: 'preprod',
			shelleyGenesis: undefined,
			databasePath: path.join(folder, 'database'),
			topology: undefined,
			hostAddr: '127.0.0.1',
			port: 0,
			socketPath: socket,
			startPoint: startText,
			protocolState: undefined,
			stakeDistributions: [],
			immutableDb: folder,
			trustLevel: undefined,
			metricsPort: 'none',
		},
		{version: 'test', signal},
	);
	t.teardown(() => relay.stop());
	return {socket, folder};
};

const pointHex = ({slot, hash}: {readonly slot: number; readonly hash: Uint8Array}): string =>
	`821a${slot.toString(16).padStart(8, '0')}5820${toHex(hash)}`;

test('a relay of Cardano answers what cardano-cli query tip asks', async t => {
	const {socket} = await relayOf(t, 20);
	const client = await shake(t, socket, 1);
	const {tip} = defined(realBlocks[19], 'a block');
	const told = await queryTip(t, client);
	// Babbage, of 1 June 2022.
	t.like(told, {era: 5, start: [2022, 152, 0]});
	t.deepEqual(told.blockNo, [1, tip.blockNo]);
	t.deepEqual(told.point, [tip.slot, toHex(tip.hash)]);
	t.is(told.eras.length, 6);
	t.deepEqual(told.eras[1], [
		[1_728_000_000_000_000_000n, 86_400, 4],
		[2_160_000_000_000_000_000n, 518_400, 5],
		[432_000, 1_000, [0, 129_600, [0]], 129_600],
	]);
	// The tip is in epoch 68: more than 129,600 slots before its end.
	const slot = 86_400 + 65 * 432_000;
	t.deepEqual((told.eras[5] as readonly Item[])[1], [BigInt(slot + 1_641_600) * 10n ** 12n, slot, 69]);
	t.deepEqual(itemOf(await client.query('8200820082058101')), [68]);
	t.deepEqual(itemOf(await client.query('8200820082068101')), [
		[6, 'Conway'],
		[5, 'Babbage'],
	]);
});

test('of the states of a relay that can be acquired, all are what may be rolled back', async t => {
	const {socket} = await relayOf(t, 6);
	const client = await shake(t, socket, 1);
	const [first, third, last] = [0, 2, 5].map(index => defined(realBlocks[index], 'a block').tip);
	const acquire = (hex: string): Promise<string | undefined> => client.ask(LOCAL.stateQuery, hex);
	const tip = defined(third, 'a block');
	t.is(await acquire(`8200${pointHex(tip)}`), '8101');
	t.deepEqual(itemOf(await client.query('8102')), [1, tip.blockNo]);
	// The first block of a relay is final.
	t.is(await acquire('810b'), '8101');
	t.deepEqual(itemOf(await client.query('8102')), [1, defined(first, 'a block').blockNo]);
	t.is(await acquire('8109'), '8101');
	t.deepEqual(itemOf(await client.query('8102')), [1, defined(last, 'a block').blockNo]);
	t.is(await acquire(`8206${pointHex({...tip, slot: tip.slot + 1})}`), '820201');
	t.is(await acquire('820080'), '820200');
});

test('a node without a block has no state, and tells its tip by chain-sync as cardano-cli asks for it then', async t => {
	const folder = await temporaryFolder(t);
	const socket = path.join(folder, 's');
	const {genesis} = await makeNodeFiles(folder);
	const flags = {dataDir: path.join(folder, 'data'), genesis, socketPath: socket, metricsPort: 'none'};
	const node = await startNode(await readConfig({flags, environment: {}}));
	t.teardown(() => node.stop());
	const client = await shake(t, socket, 42);
	t.is(await client.ask(LOCAL.stateQuery, '8108'), '820201');
	t.is(await client.ask(LOCAL.chainSync, '8100'), '830380828000');
	t.is(await client.ask(LOCAL.chainSync, '8100'), '8101');
});

test('chain-sync over a socket brings whole blocks from the point that is asked for', async t => {
	const {socket} = await relayOf(t, 6);
	const client = await shake(t, socket, 1);
	const [fourth, fifth] = [realBlocks[3], realBlocks[4]].map(block => defined(block, 'a block'));
	const tip = defined(realBlocks[5], 'a block').tip;
	const told = [[tip.slot, toHex(tip.hash)], tip.blockNo];
	const ask = async (hex: string): Promise<Item> => itemOf(await client.ask(LOCAL.chainSync, hex));
	// Whoever names no point is told to begin at origin, and of the tip.
	t.deepEqual(await ask('8100'), [3, [], told]);
	const point = defined(fourth, 'a block').tip;
	t.deepEqual(await ask(`820481${pointHex(point)}`), [5, [point.slot, toHex(point.hash)], told]);
	t.deepEqual(await ask('8100'), [3, [point.slot, toHex(point.hash)], told]);
	t.deepEqual(await ask('8100'), [2, `24(${toHex(defined(fifth, 'a block').bytes)})`, told]);
});

test('a node of our own chain answers the same as a chain of one era, Conway', async t => {
	const folder = await temporaryFolder(t);
	const socket = path.join(folder, 's');
	const {genesis, producerFlags} = await makeNodeFiles(folder);
	const flags = {dataDir: path.join(folder, 'data'), genesis, socketPath: socket, metricsPort: 'none'};
	const node = await startNode(await readConfig({flags: {...flags, ...producerFlags}, environment: {}}));
	t.teardown(() => node.stop());
	const {chain} = node.inner;
	while (chain.tip === 'origin' || chain.tip.blockNo < 1) await chain.nextChange({signal});
	const told = await queryTip(t, await shake(t, socket, 42));
	t.is(told.era, 6);
	const [slot, hash] = told.point as readonly [number, string];
	const [, blockNo] = told.blockNo as readonly [number, number];
	const block = await node.inner.control.block({blockNo});
	t.like(block, {hash, blockNo, slot});
	const {epochLength, slotMs} = chain.network.env.genesis;
	t.is(told.eras.length, 7);
	const [start, , params] = told.eras[6] as readonly Item[];
	t.deepEqual(start, [0, 0, 0]);
	t.deepEqual((params as readonly Item[]).slice(0, 2), [epochLength, slotMs]);
	const follower = await shake(t, socket, 42);
	t.is((itemOf(await follower.ask(LOCAL.chainSync, '8100')) as readonly Item[])[0], 3);
	t.regex((await follower.ask(LOCAL.chainSync, '8100')) ?? '', /^8302d81859....8207/);
});
