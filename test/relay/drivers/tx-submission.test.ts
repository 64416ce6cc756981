/** Transactions between mempools: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';
import {definiteList, indefiniteList} from '#relay/protocols/wire';
import {connectPair, meet, reasonOf} from '../../support/relay/peer.ts';
import {settle} from '../../support/relay/virtual-timer.ts';

const TX_SUBMISSION = 4;

const mempool = (count: number) => {
	const txs = Array.from({length: count}, (_, index) => {
		const bytes = new Uint8Array(20 + index).fill(index);
		return {id: {era: 6, bytes: new Uint8Array(32).fill(index)}, bytes};
	});
	let taken = 0;
	return {
		txs,
		outlet: () => ({
			take: (max: number) => {
				const offered = txs.slice(taken, taken + max);
				taken += offered.length;
				return offered.map(({id, bytes}) => ({id, sizeBytes: bytes.length}));
			},
			waitForMore: ({signal: ended}: {signal: AbortSignal}) =>
				new Promise<void>((_, reject) => {
					ended.addEventListener('abort', () => reject(ended.reason));
				}),
			transaction: (id: {bytes: Uint8Array}) => {
				const found = txs.find(tx => toHex(tx.id.bytes) === toHex(id.bytes));
				// One of them left the mempool since it was offered.
				return found === undefined || found === txs[7] ? undefined : {era: 6, bytes: found.bytes};
			},
			close: () => undefined,
		}),
	};
};

test('all wanted transactions of a peer arrive once, in order, whatever has left its mempool', async t => {
	const {txs, outlet} = mempool(57);
	const got: Uint8Array[] = [];
	const {left} = await connectPair(
		{handlers: () => ({txOutlet: outlet()})},
		{
			handlers: () => ({
				txInlet: {
					wants: ({id}) => id.bytes[0] !== 3,
					add: async ({era, bytes}) => {
						t.is(era, 6);
						got.push(bytes);
					},
				},
			}),
		},
	);
	for (let turn = 0; turn < 100 && got.length < 55; turn++) await settle();
	const wanted = txs.filter((_, index) => index !== 3 && index !== 7).map(({bytes}) => toHex(bytes));
	t.deepEqual(got.map(toHex), wanted);
	left.close();
});

const tx = (message: Parameters<typeof txSubmissionCodec.encode>[0]): Uint8Array =>
	txSubmissionCodec.encode(message);

test('a peer that breaks the rules of asking for transactions is let go', async t => {
	const id = (byte: number) => ({era: 6, bytes: new Uint8Array(32).fill(byte)});
	const blocking = tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 3});
	const cases = [
		[
			[tx({kind: 'requestTxIdsBlocking', acknowledged: 1, requested: 1})],
			'TX_SUBMISSION_ACKNOWLEDGED_TOO_MANY',
		],
		[
			[tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 11})],
			'TX_SUBMISSION_REQUESTED_TOO_MANY',
		],
		[[tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 0})], 'TX_SUBMISSION_NOTHING_REQUESTED'],
		[[tx({kind: 'requestTxIdsNonBlocking', acknowledged: 0, requested: 1})], 'TX_SUBMISSION_BLOCKING_WRONG'],
		[
			[blocking, tx({kind: 'requestTxIdsBlocking', acknowledged: 1, requested: 1})],
			'TX_SUBMISSION_BLOCKING_WRONG',
		],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([])})], 'TX_SUBMISSION_NOTHING_REQUESTED'],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([id(9)])})], 'TX_SUBMISSION_ID_NOT_OFFERED'],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([id(1), id(1)])})], 'TX_SUBMISSION_ID_REPEATED'],
	] as const;
	for (const [messages, problem] of cases) {
		const {outlet} = mempool(5);
		const {peer, connection} = await meet({direction: 'outbound', handlers: () => ({txOutlet: outlet()})});
		for (const message of messages) {
			peer.send(TX_SUBMISSION, 'server', message);
			await settle();
		}
		t.deepEqual(await reasonOf(connection), {
			code: 'RELAY_PROTOCOL_VIOLATED',
			protocol: 'tx-submission2',
			problem,
		});
	}
});

test('a peer that breaks the rules of offering transactions is let go', async t => {
	const offered = (byte: number, sizeBytes = 5) => ({
		id: {era: 6, bytes: new Uint8Array(32).fill(byte)},
		sizeBytes,
	});
	const many = Array.from({length: 11}, (_, index) => offered(index));
	const body = {era: 6, bytes: new Uint8Array(5)};
	const cases = [
		[[tx({kind: 'replyTxIds', offered: indefiniteList([])})], 'TX_SUBMISSION_IDS_NONE'],
		[[tx({kind: 'replyTxIds', offered: indefiniteList(many)})], 'TX_SUBMISSION_IDS_TOO_MANY'],
		[
			[tx({kind: 'replyTxIds', offered: indefiniteList([offered(1), offered(1)])})],
			'TX_SUBMISSION_ID_REPEATED',
		],
		[[tx({kind: 'replyTxIds', offered: indefiniteList([offered(1, 65_541)])})], 'TX_SUBMISSION_TX_TOO_LONG'],
		[
			[
				tx({kind: 'replyTxIds', offered: indefiniteList([offered(1)])}),
				tx({kind: 'replyTxs', txs: indefiniteList([body, body])}),
			],
			'TX_SUBMISSION_TXS_TOO_MANY',
		],
		[
			[
				tx({kind: 'replyTxIds', offered: definiteList([offered(1)])}),
				tx({kind: 'replyTxs', txs: indefiniteList([{era: 6, bytes: new Uint8Array(65_541)}])}),
			],
			'TX_SUBMISSION_TX_TOO_LONG',
		],
	] as const;
	for (const [messages, problem] of cases) {
		const txInlet = {wants: () => true, add: async () => undefined};
		const {peer, connection} = await meet({peerInitiatorOnly: true, handlers: () => ({txInlet})});
		peer.send(TX_SUBMISSION, 'client', tx({kind: 'init'}));
		await settle();
		t.is(toHex(peer.take(TX_SUBMISSION, 'client')), '8400f5000a');
		for (const message of messages) {
			for (let at = 0; at < message.length; at += 60_000)
				peer.send(TX_SUBMISSION, 'client', message.subarray(at, at + 60_000));
			await settle();
		}
		t.deepEqual(await reasonOf(connection), {
			code: 'RELAY_PROTOCOL_VIOLATED',
			protocol: 'tx-submission2',
			problem,
		});
	}
});
