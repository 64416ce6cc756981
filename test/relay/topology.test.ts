import test from 'ava';
import fc from 'fast-check';
import {NO_PEERS, parseTopology} from '#relay/topology';

const valid = {
	localRoots: [
		{
			accessPoints: [
				{address: '127.0.0.1', port: 3_001},
				{address: 'relay.example.org', port: 3_002},
			],
			advertise: true,
			trustable: true,
			valency: 1,
		},
	],
	publicRoots: [{accessPoints: [{address: '::1', port: 3_003}], advertise: false}],
	bootstrapPeers: [{address: 'backbone.example.org', port: 3_004}],
	useLedgerAfterSlot: 128_908_821,
	peerSnapshotFile: 'peer-snapshot.json',
	extraConfig: 'unknown fields are left alone',
};

test('the peer-to-peer form of cardano-node is read', t => {
	t.deepEqual(parseTopology(JSON.stringify(valid)), {
		ok: true,
		value: {
			localRoots: [
				{
					accessPoints: [
						{host: '127.0.0.1', port: 3_001},
						{host: 'relay.example.org', port: 3_002},
					],
					hotValency: 1,
					warmValency: 1,
					advertise: true,
					trustable: true,
				},
			],
			publicRoots: [{accessPoints: [{host: '::1', port: 3_003}], advertise: false}],
			bootstrapPeers: [{host: 'backbone.example.org', port: 3_004}],
			useLedgerAfterSlot: 128_908_821,
			peerSnapshotFile: 'peer-snapshot.json',
			snapshot: undefined,
		},
	});
});

test('what may be missing is missing: roots of no one, no ledger peers, no bootstrap peers', t => {
	t.deepEqual(parseTopology('{"localRoots": [], "bootstrapPeers": null, "useLedgerAfterSlot": -1}'), {
		ok: true,
		value: NO_PEERS,
	});
});

test('a wrong field is named with what belongs there', t => {
	const accessPoint = {address: 'a', port: 1};
	for (const [topology, field, expected] of [
		[[], 'topology', 'an object'],
		[{}, 'localRoots', 'a list'],
		[{localRoots: [1]}, 'localRoots[0]', 'an object'],
		[{localRoots: [{}]}, 'localRoots[0].accessPoints', 'a list'],
		[
			{localRoots: [{accessPoints: [{address: 'a b', port: 1}]}]},
			'localRoots[0].accessPoints[0].address',
			'an IP address or a DNS name',
		],
		[
			{localRoots: [{accessPoints: [{address: 'a', port: 0}]}]},
			'localRoots[0].accessPoints[0].port',
			'an integer from 1 to 65535',
		],
		[
			{localRoots: [{accessPoints: [accessPoint], valency: 2}]},
			'localRoots[0].valency',
			'an integer from 0 to 1',
		],
		[
			{localRoots: [{accessPoints: [accessPoint], hotValency: 'x'}]},
			'localRoots[0].hotValency',
			'an integer from 0 to 1',
		],
		[{localRoots: [{accessPoints: [accessPoint], advertise: 1}]}, 'localRoots[0].advertise', 'true or false'],
		[
			{localRoots: [{accessPoints: [accessPoint], trustable: 'yes'}]},
			'localRoots[0].trustable',
			'true or false',
		],
		[{localRoots: [], peerSnapshotFile: 7}, 'peerSnapshotFile', 'the path of a file'],
		[{localRoots: [], publicRoots: {}}, 'publicRoots', 'a list'],
		[{localRoots: [], bootstrapPeers: [{}]}, 'bootstrapPeers[0].address', 'an IP address or a DNS name'],
		[
			{localRoots: [], useLedgerAfterSlot: 1.5},
			'useLedgerAfterSlot',
			`an integer from -1 to ${Number.MAX_SAFE_INTEGER}`,
		],
		[{localRoots: Array(1_001).fill({accessPoints: []})}, 'localRoots', 'at most 1000 entries'],
	] as const)
		t.deepEqual(parseTopology(JSON.stringify(topology)), {
			ok: false,
			error: {code: 'TOPOLOGY_FIELD_WRONG', field, expected},
		});
});

test('a local group has a hot and a warm valency; each by itself has cardano-node’s default', t => {
	const two = [
		{address: 'a', port: 1},
		{address: 'b', port: 1},
	];
	const valenciesOf = (root: object): unknown => {
		const parsed = parseTopology(JSON.stringify({localRoots: [{accessPoints: two, ...root}]}));
		if (!parsed.ok) return parsed.error;
		const [group] = parsed.value.localRoots;
		return [group?.hotValency, group?.warmValency];
	};
	t.deepEqual(valenciesOf({}), [2, 2]);
	t.deepEqual(valenciesOf({valency: 1}), [1, 1]);
	t.deepEqual(valenciesOf({hotValency: 1, warmValency: 2}), [1, 2]);
	t.deepEqual(valenciesOf({hotValency: 1, valency: 2}), [1, 1], 'the newer name counts');
	t.deepEqual(valenciesOf({hotValency: 2, warmValency: 1}), {
		code: 'TOPOLOGY_FIELD_WRONG',
		field: 'localRoots[0].warmValency',
		expected: 'an integer from 2 to 2',
	});
	t.deepEqual(valenciesOf({accessPoints: [two[0], two[0]], valency: 2}), {
		code: 'TOPOLOGY_FIELD_WRONG',
		field: 'localRoots[0].valency',
		expected: 'an integer from 0 to 1',
	});
});

test('what is not JSON, and the old form, are told apart', t => {
	t.deepEqual(parseTopology('{'), {ok: false, error: {code: 'TOPOLOGY_NOT_JSON'}});
	t.deepEqual(parseTopology(' '.repeat(1_000_001)), {ok: false, error: {code: 'TOPOLOGY_NOT_JSON'}});
	t.deepEqual(parseTopology('{"Producers": []}'), {ok: false, error: {code: 'TOPOLOGY_NOT_P2P'}});
});

test('any JSON is read or refused with a code', t => {
	fc.assert(
		fc.property(fc.json(), fc.string(), (json, text) => {
			for (const input of [
				json,
				text,
				`{"localRoots": ${json}}`,
				`{"localRoots": [{"accessPoints": ${json}}]}`,
			]) {
				const parsed = parseTopology(input);
				t.true(parsed.ok || parsed.error.code.startsWith('TOPOLOGY_'));
			}
		}),
		{numRuns: 300},
	);
});
