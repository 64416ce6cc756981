/** Fetching blocks: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PeerHandlers} from '#relay/handlers';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {preprodBlocks, ServedChain} from '../../support/relay/chain.ts';
import {connectPair, meet} from '../../support/relay/peer.ts';
import {settle} from '../../support/relay/virtual-timer.ts';

const {signal} = new AbortController();
const blocks = preprodBlocks().slice(0, 30);
const first = defined(blocks[0], 'blocks');
const last = defined(blocks.at(-1), 'blocks');
const chain = new ServedChain(blocks);
const serving = (): PeerHandlers => ({chain: chain.follow(), blocks: chain.blocks});
const BLOCK_FETCH = 3;

test('ranges are fetched in order however many are asked for, and the ones that are not there are said to be so', async t => {
	const {left} = await connectPair({}, {handlers: serving});
	const {blockFetch} = defined(left.client, 'client');
	const got: number[] = [];
	const outcomes = await Promise.all([
		...blocks.map((block, index) =>
			blockFetch.fetchRange(
				{from: block.point, to: block.point},
				bytes => {
					if (toHex(bytes) === toHex(block.bytes)) got.push(index);
				},
				{signal},
			),
		),
		blockFetch.fetchRange({from: last.point, to: first.point}, () => t.fail(), {signal}),
		blockFetch.fetchRange({from: 'origin', to: first.point}, () => t.fail(), {signal}),
	]);
	t.deepEqual(got, [...blocks.keys()]);
	t.deepEqual(outcomes.slice(-2), ['noBlocks', 'noBlocks']);
	t.is(blockFetch.pending, 0);
});

test('no more than a hundred ranges are under way', async t => {
	const {peer, connection} = await meet({direction: 'outbound'});
	const {blockFetch} = defined(connection.client, 'client');
	const range = {from: first.point, to: first.point};
	const length = blockFetchCodec.encode({kind: 'requestRange', ...range}).length;
	const calls = Array.from({length: 150}, () => blockFetch.fetchRange(range, () => t.fail(), {signal}));
	await settle();
	t.is(peer.take(BLOCK_FETCH, 'server').length, 100 * length);
	for (let index = 0; index < 150; index++) peer.send(BLOCK_FETCH, 'server', Uint8Array.of(0x81, 3));
	t.deepEqual(new Set(await Promise.all(calls)), new Set(['noBlocks']));
	await settle();
	t.is(peer.take(BLOCK_FETCH, 'server').length, 50 * length);
});

test('a fetch that is given up, or whose taker fails, does not disturb the others', async t => {
	const {left} = await connectPair({}, {handlers: serving});
	const {blockFetch} = defined(left.client, 'client');
	const controller = new AbortController();
	const range = {from: first.point, to: last.point};
	const given = blockFetch.fetchRange(range, () => controller.abort(new NodeError({code: 'TEST_ABORTED'})), {
		signal: controller.signal,
	});
	const failing = blockFetch.fetchRange(range, () => Promise.reject(new NodeError({code: 'TEST_TAKER'})), {
		signal,
	});
	let count = 0;
	const good = blockFetch.fetchRange(range, () => void count++, {signal});
	await t.throwsAsync(given, {code: 'TEST_ABORTED'});
	await t.throwsAsync(failing, {code: 'TEST_TAKER'});
	t.is(await good, 'fetched');
	t.is(count, blocks.length);
});
