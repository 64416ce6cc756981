import {randomBytes} from 'node:crypto';
import test from 'ava';
import {defined} from '#kernel/assert';
import {concat, equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {FileRange} from '#node/ports/byte-file';
import {BucketNodes, PART_BYTES_MAX} from '#node/services/storage-client/bucket-nodes';
import {crypto} from '../../../support/crypto.ts';

const NODE_BYTES = 40_000;

/** Nodes in a pack, and what is read of it. */
const packed = (count: number) => {
	const nodes = Array.from({length: count}, () => new Uint8Array(randomBytes(NODE_BYTES)));
	const whole = concat(...nodes);
	const addresses = nodes.map(bytes => crypto.blake2b256(bytes));
	const pack = {
		reference: Uint8Array.of(1),
		nodes: addresses.map((address, at) => ({address, offset: at * NODE_BYTES, length: NODE_BYTES})),
	};
	const parts: FileRange[] = [];
	const bucket = new BucketNodes(async (_, part) => {
		parts.push(part);
		return whole.slice(part.from, part.until);
	});
	bucket.learn(crypto, {nodes: [], packs: [pack]});
	return {nodes, addresses, pack, parts, bucket};
};

const broughtBy = async (nodes: BucketNodes, address: Hash32 | undefined): Promise<Uint8Array> =>
	defined(await nodes.bring(defined(address, 'there is such a node'), {}), 'a pack has it');

test('one node of a large pack is fetched with little beside it', async t => {
	const {nodes, addresses, parts, bucket} = packed(100);
	t.true(equalBytes(await broughtBy(bucket, addresses[50]), nodes[50] as Uint8Array));
	t.deepEqual(parts, [{from: 50 * NODE_BYTES, until: 53 * NODE_BYTES}]);
	t.true(equalBytes(await broughtBy(bucket, addresses[52]), nodes[52] as Uint8Array));
	t.is(parts.length, 1);
});

test('nodes that are wanted in order come in ever longer parts, each byte once', async t => {
	const {nodes, addresses, parts, bucket} = packed(400);
	for (const [at, address] of addresses.entries()) {
		const bytes = await bucket.bring(address, {});
		t.true(bytes !== undefined && equalBytes(bytes, nodes[at] as Uint8Array));
	}
	t.true(parts.length < 12, `${parts.length} parts`);
	t.is(
		parts.reduce((sum, {from, until}) => sum + until - from, 0),
		400 * NODE_BYTES,
	);
	t.true(parts.every(({from, until}) => until - from <= PART_BYTES_MAX));
});

test('after a change has settled, nodes that were at hand still are, and garbage is not', async t => {
	const {nodes, addresses, pack, parts, bucket} = packed(10);
	const garbage = new Uint8Array(randomBytes(100));
	bucket.add({nodes: [{address: crypto.blake2b256(garbage), bytes: garbage}]});
	await broughtBy(bucket, addresses[0]);
	const after = bucket.settled(crypto, {nodes: [], packs: [pack]});
	t.true(equalBytes(await broughtBy(after, addresses[0]), nodes[0] as Uint8Array));
	t.is(parts.length, 1);
	t.is(await after.bring(crypto.blake2b256(garbage), {}), undefined);
	t.true(equalBytes(await broughtBy(after, addresses[9]), nodes[9] as Uint8Array));
});
