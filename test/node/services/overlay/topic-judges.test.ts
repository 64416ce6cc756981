import test from 'ava';
import {toHex} from '#kernel/bytes';
import {ok} from '#kernel/result';
import {ledgerEnv} from '#ledger/environment';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Announcement} from '#node/ports/announcements';
import type {PooledTransaction, TransactionOrigin} from '#node/services/mempool/pooled-transactions';
import {Notifier} from '#node/services/notifier';
import {type OwnPorts, publishOwn, publishOwnAgain} from '#node/services/overlay/publish-own';
import {type TopicPorts, topicJudges} from '#node/services/overlay/topic-judges';
import {crypto} from '../../../support/crypto.ts';
import {testGenesis} from '../../../support/ledger-genesis.ts';

const env = ledgerEnv(crypto, testGenesis());
const peer = new Uint8Array(32).fill(5);
const own = new Uint8Array(32).fill(6);
const signature = (period: number) =>
	signedTransaction(
		unsignedTransaction(
			env,
			feeFreeBody({
				kind: 'checkpoint-sign',
				period,
				memberVk: new Uint8Array(32).fill(1),
				signature: new Uint8Array(64).fill(2),
			}),
		),
		[],
	);

const ports = (refuses: string | undefined = undefined) => {
	const submitted: (readonly [string, TransactionOrigin])[] = [];
	const added = new Notifier<PooledTransaction>();
	const waiting: PooledTransaction[] = [];
	const kept = new Notifier<Announcement>();
	const mempool = {
		submit: (bytes: Uint8Array, origin: TransactionOrigin) => {
			submitted.push([toHex(bytes), origin]);
			return refuses === undefined ? ok(undefined) : {ok: false, error: {code: refuses}};
		},
		onAdded: added.on.bind(added),
		arrivedAfter: () => waiting,
	} as unknown as TopicPorts['mempool'] & OwnPorts['mempool'];
	const announcements = {
		offer: (bytes: Uint8Array) => (bytes[0] === 1 ? undefined : {code: refuses ?? 'ANNOUNCEMENT_TOO_LONG'}),
		onKept: kept.on.bind(kept),
		of: (key: Uint8Array) => (key === own ? {bytes: Uint8Array.of(8)} : undefined),
	} as unknown as TopicPorts['announcements'] & OwnPorts['announcements'];
	return {submitted, added, waiting, kept, ports: {env, mempool, announcements}};
};

test("a signature that comes over the overlay goes into the mempool, one's own onto the overlay", t => {
	const {submitted, added, kept, ports: given} = ports();
	const transaction = signature(1);
	const bytes = encodeTransaction(transaction);
	t.is(topicJudges(given)['checkpoint-signatures'](bytes, peer), 'accept');
	t.deepEqual(submitted, [[toHex(bytes), {peer: `overlay ${toHex(peer)}`}]]);

	const published: string[] = [];
	const stopping = new AbortController();
	publishOwn(given, (topic, payload) => published.push(`${topic} ${toHex(payload)}`), stopping);
	added.notify({transaction, bytes, origin: {peer: 'somebody'}, arrival: 1});
	added.notify({transaction, bytes, origin: 'local', arrival: 2});
	kept.notify({bytes: Uint8Array.of(7)} as unknown as Announcement);
	stopping.abort();
	added.notify({transaction, bytes, origin: 'local', arrival: 3});
	t.deepEqual(published, [`checkpoint-signatures ${toHex(bytes)}`, 'storage-offers 07']);
});

test("what waits of one's own is told of again, and one's own announcement", t => {
	const {waiting, ports: given} = ports();
	const transaction = signature(1);
	const bytes = encodeTransaction(transaction);
	const published: string[] = [];
	const again = (key: Uint8Array): readonly string[] => {
		publishOwnAgain(given, key, (topic, payload) => published.push(`${topic} ${toHex(payload)}`));
		return published.splice(0);
	};
	t.deepEqual(again(peer), []);
	waiting.push({transaction, bytes: Uint8Array.of(1), origin: {peer: 'somebody'}, arrival: 1});
	waiting.push({transaction, bytes, origin: 'local', arrival: 2});
	t.deepEqual(again(own), [`checkpoint-signatures ${toHex(bytes)}`, 'storage-offers 08']);
});

test('each topic carries what it is for, and nothing else', t => {
	const bytes = encodeTransaction(signature(1));
	const {submitted, ports: given} = ports();
	const judges = topicJudges(given);
	t.is(judges.proofs(bytes, peer), 'reject');
	t.is(judges['checkpoint-signatures'](Uint8Array.of(1, 2, 3), peer), 'reject');
	t.is(judges['storage-offers'](Uint8Array.of(1), peer), 'accept');
	t.is(judges['storage-offers'](Uint8Array.of(2), peer), 'reject');
	t.deepEqual(submitted, []);
});

test('what is here already is passed on, what cannot be judged now is not, and what is wrong is held against its sender', t => {
	const judge = (refuses: string) =>
		topicJudges(ports(refuses).ports)['checkpoint-signatures'](encodeTransaction(signature(1)), peer);
	t.is(judge('MEMPOOL_HAS_IT'), 'accept');
	t.is(judge('CHECKPOINT_ALREADY_SIGNED'), 'accept');
	t.is(judge('CHECKPOINT_NOT_PENDING'), 'ignore');
	t.is(judge('MEMPOOL_FULL'), 'ignore');
	t.is(judge('CHECKPOINT_SIGNATURE_INVALID'), 'reject');
	const known = topicJudges(ports('ANNOUNCEMENT_NOT_NEWER').ports)['storage-offers'];
	t.is(known(Uint8Array.of(2), peer), 'ignore');
});
