/** Messages of every mini-protocol, as fast-check makes them. */
import fc from 'fast-check';
import type {HeaderHash} from '#kernel/hash';
import type {Point, Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import {harmoniclabsKeepAliveCodec} from '#relay/harmoniclabs';
import {announcementsCodec} from '#relay/protocols/announcements/codec';
import {wrapBlock} from '#relay/protocols/block';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {localChainSyncCodec} from '#relay/protocols/local-chain-sync/codec';
import {localStateQueryCodec} from '#relay/protocols/local-state-query/codec';
import {localTxSubmissionCodec} from '#relay/protocols/local-tx-submission/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import type {Message, MessageCodec} from '#relay/protocols/protocol';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';

const bytes = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({minLength: min, maxLength: max});
const count = fc.nat({max: 0xff_ff});
const slot = fc.maxSafeNat().map(Slot);
const hash = bytes(32, 32) as fc.Arbitrary<HeaderHash>;
const point: fc.Arbitrary<Point> = fc.oneof(fc.constant('origin' as const), fc.record({slot, hash}));
const tip: fc.Arbitrary<Tip> = fc.oneof(
	fc.constant('origin' as const),
	fc.record({slot, hash, blockNo: fc.maxSafeNat().map(BlockNo)}),
);
const ofEra = (content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<{era: number; bytes: Uint8Array}> =>
	fc.record({era: fc.integer({min: 1, max: 20}), bytes: content});
const form = fc.constantFrom('definite' as const, 'indefinite' as const);
const wireList = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<{items: T[]; form: 'definite' | 'indefinite'}> =>
	fc.record({items: fc.array(item, {maxLength: 12}), form});
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const versions = fc
	.uniqueArray(
		fc.record({version: count, data: bytes(0, 30).map(data => Uint8Array.of(0x58, data.length, ...data))}),
		{
			selector: ({version}) => version,
			maxLength: 8,
		},
	)
	.map(table => table.sort((a, b) => a.version - b.version));
const reason = fc.oneof(
	fc.record({kind: kind('versionMismatch'), versions: fc.array(count, {maxLength: 9})}),
	fc.record({
		kind: fc.constantFrom('decodeError' as const, 'refused' as const),
		version: count,
		text: fc.string(),
	}),
);
const txId = ofEra(bytes(32, 32));
const idRequest = {acknowledged: count, requested: count};
const address = fc.record({octets: fc.oneof(bytes(4, 4), bytes(16, 16)), port: count});

/** Any item, as queries and results are. */
const item = bytes(0, 200).map(data => Uint8Array.of(0x58, data.length, ...data));
const wrapped = fc
	.integer({min: 1, max: 20})
	.map(era => ({era, bytes: wrapBlock({era, bytes: Uint8Array.of(0x80)})}));

export type MessageCase = readonly [
	name: string,
	codec: MessageCodec<Message>,
	message: fc.Arbitrary<unknown>,
];

export const messageCases: readonly MessageCase[] = (
	[
		[
			'handshake',
			handshakeCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('proposeVersions', 'queryReply'), versions}),
				fc.record({
					kind: kind('acceptVersion'),
					version: count,
					data: fc.constant(Uint8Array.of(0x82, 1, 0xf4)),
				}),
				fc.record({kind: kind('refuse'), reason}),
			),
		],
		[
			'chain-sync',
			chainSyncCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('requestNext', 'awaitReply', 'done')}),
				fc.record({kind: kind('rollForward'), header: ofEra(bytes(0, 1_200)), tip}),
				fc.record({kind: fc.constantFrom('rollBackward', 'intersectFound'), point, tip}),
				fc.record({kind: kind('findIntersect'), points: wireList(point)}),
				fc.record({kind: kind('intersectNotFound'), tip}),
			),
		],
		[
			'block-fetch',
			blockFetchCodec,
			fc.oneof(
				fc.record({kind: kind('requestRange'), from: point, to: point}),
				fc.record({kind: fc.constantFrom('clientDone', 'startBatch', 'noBlocks', 'batchDone')}),
				fc.record({kind: kind('block'), block: fc.oneof(bytes(0, 300), bytes(65_534, 65_538))}),
			),
		],
		[
			'tx-submission',
			txSubmissionCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('init', 'done')}),
				fc.record({kind: fc.constantFrom('requestTxIdsBlocking', 'requestTxIdsNonBlocking'), ...idRequest}),
				fc.record({
					kind: kind('replyTxIds'),
					offered: wireList(fc.record({id: txId, sizeBytes: fc.nat()})),
				}),
				fc.record({kind: kind('requestTxs'), ids: wireList(txId)}),
				fc.record({kind: kind('replyTxs'), txs: wireList(ofEra(bytes(0, 100)))}),
			),
		],
		[
			'keep-alive',
			harmoniclabsKeepAliveCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('keepAlive', 'response'), cookie: count}),
				fc.record({kind: kind('done')}),
			),
		],
		[
			'peer-sharing',
			peerSharingCodec,
			fc.oneof(
				fc.record({kind: kind('shareRequest'), amount: fc.nat({max: 255})}),
				fc.record({kind: kind('sharePeers'), peers: wireList(address)}),
				fc.record({kind: kind('done')}),
			),
		],
		[
			'announcements',
			announcementsCodec,
			fc.oneof(
				fc.record({
					kind: kind('request'),
					cursor: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}),
					listeningPort: count,
				}),
				fc.record({
					kind: kind('reply'),
					cursor: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}),
					items: fc.array(bytes(1, 1_024), {maxLength: 5}),
				}),
				fc.record({kind: kind('done')}),
			),
		],
		[
			'local-chain-sync',
			localChainSyncCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('requestNext', 'awaitReply', 'done')}),
				fc.record({kind: kind('rollForward'), header: wrapped, tip}),
				fc.record({kind: fc.constantFrom('rollBackward', 'intersectFound'), point, tip}),
				fc.record({kind: kind('findIntersect'), points: wireList(point)}),
			),
		],
		[
			'local-state-query',
			localStateQueryCodec,
			fc.oneof(
				fc.record({kind: fc.constantFrom('acquirePoint', 'reAcquirePoint'), point}),
				fc.record({kind: fc.constantFrom('acquireVolatileTip', 'acquireImmutableTip', 'acquired', 'done')}),
				fc.record({kind: kind('failure'), reason: fc.nat({max: 1})}),
				fc.record({kind: kind('query'), query: item}),
				fc.record({kind: kind('result'), result: item}),
			),
		],
		[
			'local-tx-submission',
			localTxSubmissionCodec,
			fc.oneof(
				fc.record({kind: kind('submitTx'), tx: ofEra(bytes(0, 100))}),
				fc.record({kind: fc.constantFrom('acceptTx', 'done')}),
				fc.record({kind: kind('rejectTx'), reason: item}),
			),
		],
	] as const
).map(([name, codec, message]) => [name, codec as unknown as MessageCodec<Message>, message] as const);
