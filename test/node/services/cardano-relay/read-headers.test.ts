import test from 'ava';
import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {importBlocks} from '#node/services/cardano-relay/import-blocks';
import {createHeaderReader} from '#node/services/cardano-relay/read-headers';
import {followSelectedChain} from '#node/services/chain/chain-follower';
import {certificateRules, memoryChain, realBlocks, startPoint} from '../../../support/cardano-relay.ts';

const {signal} = new AbortController();
const COUNT = 30;
const blockAt = (index: number) => defined(realBlocks[index], 'a block');

test('a header is taken out of the store once, however many peers read it, and another block of its number anew', async t => {
	let reads = 0;
	const other = {...blockAt(1).tip, hash: Hash32(new Uint8Array(32))};
	const read = createHeaderReader({
		bytesAt: async place => {
			reads++;
			return place.hash === other.hash ? blockAt(2).bytes : realBlocks.find(({tip}) => tip === place)?.bytes;
		},
	});
	for (let peer = 0; peer < 3; peer++)
		for (let index = 0; index < 5; index++)
			t.deepEqual(await read(blockAt(index).tip), blockAt(index).header);
	t.is(reads, 5);
	t.deepEqual(await read(other), blockAt(2).header);
	t.deepEqual(await read(blockAt(1).tip), blockAt(1).header);
	t.is(reads, 7);
	const {tip} = blockAt(9);
	await t.throwsAsync(read({...tip, hash: Hash32(new Uint8Array(32).fill(1))}), {
		code: 'STORE_CORRUPT',
	} as object);
});

test('while a chain stays as it is, a peer that reads on costs one look at each place', async t => {
	const {chain} = memoryChain();
	const blocks = (async function* () {
		for (const {bytes} of realBlocks.slice(0, COUNT)) yield {bytes, file: 'preprod', offset: 0};
	})();
	await importBlocks(certificateRules, chain, blocks, {signal});
	let looks = 0;
	const reader = {
		place: async (blockNo: Parameters<typeof chain.place>[0]) => {
			looks++;
			return chain.place(blockNo);
		},
		placeOf: chain.placeOf.bind(chain),
		beginsAtOrigin: chain.beginsAtOrigin.bind(chain),
		base: chain.base.bind(chain),
	};
	const follower = followSelectedChain(chain, reader, createHeaderReader(chain));
	await follower.findIntersect([startPoint], {signal});
	await follower.next({signal});
	for (let index = 0; index < COUNT; index++)
		t.like(await follower.next({signal}), {header: blockAt(index).header});
	t.is(looks, COUNT);
	t.is(await follower.next({signal}), undefined);
});
