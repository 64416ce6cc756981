/** Much data over real sockets: nothing is lost, and a slow reader costs no memory. */
import process from 'node:process';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test, {type ExecutionContext} from 'ava';
import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {Connection} from '#relay/connection';
import {dial} from '#relay/dial';
import type {BlockSource} from '#relay/handlers';
import {type Listener, listen} from '#relay/listener';

const {signal} = new AbortController();
// What is held shows only when what is not held has gone.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heldBytes = (): number => {
	collectGarbage();
	return process.memoryUsage().arrayBuffers;
};
const range = {
	from: {slot: Slot(1), hash: new Uint8Array(32).fill(1) as HeaderHash},
	to: {slot: Slot(2), hash: new Uint8Array(32).fill(2) as HeaderHash},
};
const BLOCK_BYTES = 90_112;
const MEGABYTE = 1_000_000;

/** A block whose bytes depend on its number, so that a lost, repeated or shifted one shows. */
const blockAt = (index: number, salt: number): Uint8Array => {
	const block = new Uint8Array(BLOCK_BYTES + (index % 1_000)).fill((index * 31 + salt) & 255);
	new DataView(block.buffer).setUint32(0, index);
	return block;
};

const streamOf = (
	count: number,
	salt: number,
	served: (index: number) => void = () => undefined,
): BlockSource => ({
	range: async () =>
		(async function* () {
			for (let index = 0; index < count; index++) {
				served(index);
				yield blockAt(index, salt);
			}
		})(),
});

const pairOf = async (
	t: ExecutionContext,
	inboundBlocks: BlockSource,
	outboundBlocks: BlockSource,
): Promise<{readonly outbound: Connection; readonly inbound: Connection; readonly listener: Listener}> => {
	let arrived: (connection: Connection) => void = () => undefined;
	const inbound = new Promise<Connection>(resolve => {
		arrived = resolve;
	});
	const listener = await listen({
		address: {host: '127.0.0.1', port: 0},
		networkMagic: 1,
		handlers: () => ({blocks: inboundBlocks}),
		connected: connection => arrived(connection),
	});
	t.teardown(() => listener.close());
	const outbound = await dial(
		listener.address,
		{networkMagic: 1, handlers: () => ({blocks: outboundBlocks})},
		{signal},
	);
	return {outbound, inbound: await inbound, listener};
};

const fetchAll = async (connection: Connection, salt: number): Promise<{count: number; bytes: number}> => {
	let count = 0;
	let bytes = 0;
	await defined(connection.client, 'client').blockFetch.fetchRange(
		range,
		block => {
			if (Buffer.compare(block, blockAt(count, salt)) !== 0) throw new TypeError(`block ${count} differs`);
			count++;
			bytes += block.length;
		},
		{signal},
	);
	return {count, bytes};
};

test.serial('100 MB in each direction at once arrive as they were sent', async t => {
	const count = 1_110;
	const {outbound, inbound, listener} = await pairOf(t, streamOf(count, 1), streamOf(count, 2));
	const [down, up] = await Promise.all([fetchAll(outbound, 1), fetchAll(inbound, 2)]);
	t.true(down.bytes > 100 * MEGABYTE);
	t.deepEqual([down.count, up.count], [count, count]);
	outbound.close();
	await listener.close();
});

test.serial('a slow reader holds its sender back, so that neither piles up what is not read', async t => {
	const count = 2_000;
	let served = 0;
	const {outbound, inbound, listener} = await pairOf(
		t,
		streamOf(count, 3, index => {
			served = index;
		}),
		streamOf(0, 0),
	);
	const before = heldBytes();
	let taken = 0;
	let ahead = 0;
	/** After half of the blocks: what had leaked by then would show in each. */
	const held: number[] = [];
	const fetching = defined(outbound.client, 'client').blockFetch.fetchRange(
		range,
		async () => {
			taken++;
			// Between two blocks everything else in this process has its turn.
			if (taken % 10 === 0) await new Promise<void>(resolve => setImmediate(resolve));
			ahead = Math.max(ahead, served - taken);
			if (taken % 100 === 0 && taken > count / 2) held.push(heldBytes() - before);
		},
		{signal},
	);
	t.is(await fetching, 'fetched');
	t.is(taken, count);
	// Half of what may wait at the reader, and a little in the sockets; 180 MB were sent.
	t.true(ahead * BLOCK_BYTES < 25 * MEGABYTE, `${ahead} blocks ahead`);
	// Freed buffers are swept in the background, so that single figures are too high now and then.
	t.true(Math.min(...held) < 30 * MEGABYTE, `${held} bytes held`);
	outbound.close();
	await inbound.closed;
	await listener.close();
});

test.serial('a reader that stops is waited for with little sent, and other protocols go on', async t => {
	let served = 0;
	const {outbound, inbound, listener} = await pairOf(
		t,
		streamOf(5_000, 4, index => {
			served = index;
		}),
		streamOf(0, 0),
	);
	let release: () => void = () => undefined;
	const stopped = new Promise<void>(resolve => {
		release = resolve;
	});
	const controller = new AbortController();
	const fetching = defined(outbound.client, 'client').blockFetch.fetchRange(range, () => stopped, {
		signal: controller.signal,
	});
	let last = -1;
	// Until the sender has come to rest.
	for (let still = 0; still < 200; still = served === last ? still + 1 : 0) {
		last = served;
		await new Promise<void>(resolve => setImmediate(resolve));
	}
	t.true(served * BLOCK_BYTES < 30 * MEGABYTE, `${served} blocks served`);
	controller.abort(new NodeError({code: 'TEST_ABORTED'}));
	await t.throwsAsync(fetching, {code: 'TEST_ABORTED'});
	release();
	outbound.close();
	t.is((await inbound.closed).code, 'RELAY_PEER_GONE');
	await listener.close();
});
