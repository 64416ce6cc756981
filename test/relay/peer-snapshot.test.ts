import test from 'ava';
import fc from 'fast-check';
import {drawRelays, type LedgerPool, parsePeerSnapshot} from '#relay/peer-snapshot';

const pool = (relativeStake: number, ...relays: readonly unknown[]) => ({relativeStake, relays});
const relay = (address: string, port = 3_001) => ({address, port});

test('the file of versions 1 and 2 is read; relays without a port are left out', t => {
	const text = JSON.stringify({
		version: 2,
		slotNo: 128_908_821,
		bigLedgerPools: [
			{accumulatedStake: 0.4, ...pool(0.4, relay('192.0.2.1'), {domain: 'r.example', port: 6_000})},
			{accumulatedStake: 0.5, ...pool(0.1, {domain: '_srv.example'})},
		],
	});
	t.deepEqual(parsePeerSnapshot(text), {
		ok: true,
		value: {
			slot: 128_908_821,
			networkMagic: undefined,
			bigPools: [
				{
					stake: 0.4,
					relays: [
						{host: '192.0.2.1', port: 3_001},
						{host: 'r.example', port: 6_000},
					],
				},
				{stake: 0.1, relays: []},
			],
			pools: [],
		},
	});
});

test('in the file with all pools the big ones are those that hold nine tenths together', t => {
	const text = JSON.stringify({
		NodeToClientVersion: 23,
		NetworkMagic: 1,
		Point: {blockPointSlot: 7, blockPointHash: 'ab'},
		allLedgerPools: [
			pool(0.05, relay('c')),
			pool(0.6, relay('a')),
			pool(0.31, relay('b')),
			pool(0.04, relay('d')),
		],
	});
	const read = parsePeerSnapshot(text);
	t.true(read.ok);
	if (!read.ok) return;
	t.is(read.value.slot, 7);
	t.is(read.value.networkMagic, 1);
	t.is(read.value.pools.length, 4);
	t.deepEqual(
		read.value.bigPools.map(({stake}) => stake),
		[0.6, 0.31],
	);
});

test('a wrong field of a peer snapshot is named with what belongs there', t => {
	for (const [snapshot, field, expected] of [
		[[], 'snapshot', 'an object'],
		[{}, 'bigLedgerPools', 'a list'],
		[{bigLedgerPools: {}, slotNo: 1}, 'bigLedgerPools', 'a list'],
		[{bigLedgerPools: []}, 'Point', 'an object'],
		[{bigLedgerPools: [], slotNo: -1}, 'slotNo', `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`],
		[{bigLedgerPools: [pool(2)], slotNo: 1}, 'bigLedgerPools[0].relativeStake', 'a number from 0 to 1'],
		[{bigLedgerPools: [{relativeStake: 0}], slotNo: 1}, 'bigLedgerPools[0].relays', 'a list'],
		[
			{bigLedgerPools: [pool(0, relay('a b'))], slotNo: 1},
			'bigLedgerPools[0].relays[0].address',
			'an IP address or a DNS name',
		],
		[
			{bigLedgerPools: [pool(0, relay('a', 0))], slotNo: 1},
			'bigLedgerPools[0].relays[0].port',
			'an integer from 1 to 65535',
		],
	] as const)
		t.deepEqual(parsePeerSnapshot(JSON.stringify(snapshot)), {
			ok: false,
			error: {code: 'PEER_SNAPSHOT_FIELD_WRONG', field, expected},
		});
	t.deepEqual(parsePeerSnapshot('{'), {ok: false, error: {code: 'PEER_SNAPSHOT_NOT_JSON'}});
});

test('any JSON is a snapshot or refused with a code', t => {
	fc.assert(
		fc.property(fc.json(), json => {
			for (const text of [json, `{"slotNo": 1, "bigLedgerPools": ${json}}`]) {
				const read = parsePeerSnapshot(text);
				t.true(read.ok || read.error.code.startsWith('PEER_SNAPSHOT_'));
			}
		}),
		{numRuns: 300},
	);
});

test('relays are drawn of as many pools, those with more stake more often', t => {
	let seed = 1;
	const random = (): number => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed / 2_147_483_647;
	};
	const pools: LedgerPool[] = [0.64, 0.16, 0.04, 0].map((stake, index) => ({
		stake,
		relays: [{host: `192.0.2.${index}`, port: 1}],
	}));
	t.is(new Set(drawRelays(pools, 10, {byRoot: false, random}).map(({host}) => host)).size, 3);
	t.deepEqual(drawRelays([], 3, {byRoot: true, random}), []);
	const shareOf = (byRoot: boolean): number => {
		let first = 0;
		for (let times = 0; times < 4_000; times++)
			if (drawRelays(pools, 1, {byRoot, random})[0]?.host === '192.0.2.0') first++;
		return first / 4_000;
	};
	t.true(Math.abs(shareOf(false) - 0.64 / 0.84) < 0.03);
	t.true(Math.abs(shareOf(true) - 0.8 / 1.4) < 0.03);
});
