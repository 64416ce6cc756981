import test from 'ava';
import {announcements} from '#relay/protocols/announcements/protocol';
import {blockFetch} from '#relay/protocols/block-fetch/protocol';
import {chainSync} from '#relay/protocols/chain-sync/protocol';
import {handshake} from '#relay/protocols/handshake/protocol';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import {createKeepAlive} from '#relay/protocols/keep-alive/protocol';
import {localChainSync} from '#relay/protocols/local-chain-sync/protocol';
import {localStateQuery} from '#relay/protocols/local-state-query/protocol';
import {localTxSubmission} from '#relay/protocols/local-tx-submission/protocol';
import {peerSharing} from '#relay/protocols/peer-sharing/protocol';
import {type Message, messageBytesMax, nextState, type Protocol} from '#relay/protocols/protocol';
import {txSubmission} from '#relay/protocols/tx-submission/protocol';

/** `state agency bytes seconds: message>state …`, written by hand from the network specification. */
type Specification = {
	readonly id: number;
	readonly ingress: number;
	readonly kinds: string;
	readonly states: readonly string[];
};

const specifications: readonly (readonly [Protocol<string, Message>, Specification])[] = [
	[
		handshake as unknown as Protocol<string, Message>,
		{
			id: 0,
			ingress: 5_760,
			kinds: 'proposeVersions acceptVersion refuse queryReply',
			states: [
				'propose client 5760 10: proposeVersions>confirm',
				'confirm server 5760 10: acceptVersion>done refuse>done queryReply>done proposeVersions>done',
				'done nobody 0 -:',
			],
		},
	],
	[
		chainSync as unknown as Protocol<string, Message>,
		{
			id: 2,
			ingress: 462_000,
			kinds:
				'requestNext awaitReply rollForward rollBackward findIntersect intersectFound intersectNotFound done',
			states: [
				'idle client 65535 3373: requestNext>canAwait findIntersect>intersect done>done',
				'canAwait server 65535 10: awaitReply>mustReply rollForward>idle rollBackward>idle',
				'mustReply server 65535 601,911: rollForward>idle rollBackward>idle',
				'intersect server 65535 10: intersectFound>idle intersectNotFound>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		blockFetch as unknown as Protocol<string, Message>,
		{
			id: 3,
			ingress: 23_068_694,
			kinds: 'requestRange clientDone startBatch noBlocks block batchDone',
			states: [
				'idle client 65535 -: requestRange>busy clientDone>done',
				'busy server 65535 60: startBatch>streaming noBlocks>idle',
				'streaming server 2500000 60: block>streaming batchDone>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		txSubmission as unknown as Protocol<string, Message>,
		{
			id: 4,
			ingress: 721_424,
			kinds: 'init requestTxIdsBlocking requestTxIdsNonBlocking replyTxIds requestTxs replyTxs done',
			states: [
				'init client 65535 -: init>idle',
				'idle server 65535 -: requestTxIdsBlocking>txIdsBlocking requestTxIdsNonBlocking>txIdsNonBlocking requestTxs>txs',
				'txIdsBlocking client 2500000 -: replyTxIds>idle done>done',
				'txIdsNonBlocking client 2500000 10: replyTxIds>idle',
				'txs client 2500000 10: replyTxs>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		createKeepAlive(keepAliveCodec) as unknown as Protocol<string, Message>,
		{
			id: 8,
			ingress: 1_408,
			kinds: 'keepAlive response done',
			states: [
				'client client 65535 97: keepAlive>server done>done',
				'server server 65535 60: response>client',
				'done nobody 0 -:',
			],
		},
	],
	[
		peerSharing as unknown as Protocol<string, Message>,
		{
			id: 10,
			ingress: 5_760,
			kinds: 'shareRequest sharePeers done',
			states: [
				'idle client 5760 -: shareRequest>busy done>done',
				'busy server 5760 60: sharePeers>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		announcements as unknown as Protocol<string, Message>,
		{
			id: 40,
			ingress: 145_200,
			kinds: 'request reply done',
			states: [
				'idle client 64 -: request>busy done>done',
				'busy server 132000 60: reply>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		localChainSync as unknown as Protocol<string, Message>,
		{
			id: 5,
			ingress: 23_068_694,
			kinds:
				'requestNext awaitReply rollForward rollBackward findIntersect intersectFound intersectNotFound done',
			states: [
				'idle client 65535 -: requestNext>canAwait findIntersect>intersect done>done',
				'canAwait server 2500000 -: awaitReply>mustReply rollForward>idle rollBackward>idle',
				'mustReply server 2500000 -: rollForward>idle rollBackward>idle',
				'intersect server 65535 -: intersectFound>idle intersectNotFound>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		localTxSubmission as unknown as Protocol<string, Message>,
		{
			id: 6,
			ingress: 131_070,
			kinds: 'submitTx acceptTx rejectTx done',
			states: [
				'idle client 65535 -: submitTx>busy done>done',
				'busy server 65535 -: acceptTx>idle rejectTx>idle',
				'done nobody 0 -:',
			],
		},
	],
	[
		localStateQuery as unknown as Protocol<string, Message>,
		{
			id: 7,
			ingress: 131_070,
			kinds:
				'acquirePoint acquireVolatileTip acquireImmutableTip acquired failure query result release reAcquirePoint reAcquireVolatileTip reAcquireImmutableTip done',
			states: [
				'idle client 65535 -: acquirePoint>acquiring acquireVolatileTip>acquiring acquireImmutableTip>acquiring done>done',
				'acquiring server 65535 -: acquired>acquired failure>idle',
				'acquired client 65535 -: query>querying release>idle reAcquirePoint>acquiring reAcquireVolatileTip>acquiring reAcquireImmutableTip>acquiring',
				'querying server 65535 -: result>acquired',
				'done nobody 0 -:',
			],
		},
	],
];

for (const [protocol, specification] of specifications) {
	const kinds = specification.kinds.split(' ');
	const states = specification.states.map(line => {
		const [head = '', rest = ''] = line.split(':');
		const [state = '', agency, bytes, seconds] = head.split(' ');
		const on = new Map(
			rest
				.trim()
				.split(' ')
				.filter(Boolean)
				.map(move => move.split('>') as [string, string]),
		);
		return {state, agency, bytes, seconds, on};
	});

	test(`${protocol.name} allows in every state exactly the messages of the specification`, t => {
		t.is(protocol.id, specification.id);
		t.deepEqual(new Set(Object.keys(protocol.table)), new Set(states.map(({state}) => state)));
		t.is(protocol.initial, states[0]?.state ?? '');
		for (const {state, agency, on} of states) {
			t.is(protocol.table[state]?.agency, agency as 'client');
			for (const kind of kinds)
				t.is(nextState(protocol.table, state, kind), on.get(kind), `${kind} in ${state}`);
			t.deepEqual(new Set(Object.keys(protocol.table[state]?.on ?? {})), new Set(on.keys()));
		}
	});

	test(`${protocol.name} limits bytes and seconds in every state as the table says`, t => {
		t.is(protocol.ingressBytesMax, specification.ingress);
		for (const {state, bytes, seconds} of states) {
			const limit = protocol.limits[state];
			t.is(String(limit?.bytesMax), bytes ?? '');
			t.is(limit?.secondsMax === undefined ? '-' : String(limit.secondsMax), seconds ?? '');
		}
	});

	test(`${protocol.name} can end from every state, and from its end nothing follows`, t => {
		const reaches = (state: string, seen: readonly string[] = []): boolean =>
			state === 'done' ||
			Object.values(protocol.table[state]?.on ?? {}).some(
				next => next !== undefined && !seen.includes(next) && reaches(next, [...seen, state]),
			);
		for (const {state} of states) t.true(reaches(state), state);
		t.deepEqual(protocol.table['done'], {agency: 'nobody', on: {}});
	});
}

test('a server of block-fetch never reads more than a short message, its client reads blocks', t => {
	t.is(messageBytesMax(blockFetch, 'server'), 65_535);
	t.is(messageBytesMax(blockFetch, 'client'), 2_500_000);
});
