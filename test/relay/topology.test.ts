import test from 'ava';
import fc from 'fast-check';
import {parseTopology} from '#relay/topology';

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
	peerSnapshotFile: 'unknown fields are left alone',
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
					valency: 1,
					advertise: true,
				},
			],
			publicRoots: [{accessPoints: [{host: '::1', port: 3_003}], advertise: false}],
			bootstrapPeers: [{host: 'backbone.example.org', port: 3_004}],
			useLedgerAfterSlot: 128_908_821,
		},
	});
});

test('what may be missing is missing: roots of no one, no ledger peers, no bootstrap peers', t => {
	t.deepEqual(parseTopology('{"localRoots": [], "bootstrapPeers": null, "useLedgerAfterSlot": -1}'), {
		ok: true,
		value: {localRoots: [], publicRoots: [], bootstrapPeers: [], useLedgerAfterSlot: undefined},
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
