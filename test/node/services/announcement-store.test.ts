import test from 'ava';
import {Slot} from '#kernel/slot';
import {AnnouncementStore} from '#node/services/announcement-store';
import {encodeAnnouncement, signAnnouncement} from '#transport/protocols/announcement';
import {crypto} from '../../support/crypto.ts';
import {hashOf, party} from '../../support/ledger-chain.ts';
import {noMetrics} from '../../support/no-metrics.ts';
import {flipped} from '../../support/praos.ts';

const genesisHash = hashOf('genesis');
const provider = party('provider');

const announce = (
	sequence: bigint,
	{endpoint = '127.0.0.1:1', until = 100, by = provider} = {},
): Uint8Array =>
	encodeAnnouncement(
		signAnnouncement(crypto, genesisHash, by.seed, {
			sequence,
			validUntilSlot: Slot(until),
			endpoint,
			routes: [],
			attributes: [{name: 'region', value: 'eu'}],
		}),
	);

const open = () => {
	const time = {slot: 10};
	const store = new AnnouncementStore({
		crypto,
		genesisHash,
		currentSlot: () => Slot(time.slot),
		metrics: noMetrics,
	});
	return {store, time};
};

test('keeps the newest announcement of each key until it expires', t => {
	const {store, time} = open();
	t.is(store.offer(announce(1n)), undefined);
	t.is(store.offer(announce(2n, {endpoint: '127.0.0.1:2'})), undefined);
	t.is(store.of(provider.verificationKey)?.endpoint, '127.0.0.1:2');
	t.deepEqual(store.of(provider.verificationKey)?.attributes, [['region', 'eu']]);
	t.is(store.all().length, 1);
	time.slot = 101;
	t.is(store.of(provider.verificationKey), undefined);
	t.deepEqual(store.all(), []);
});

test('refuses what is old, expired, forged or malformed, each with its code', t => {
	const {store} = open();
	store.offer(announce(2n));
	t.deepEqual(store.offer(announce(2n)), {code: 'ANNOUNCEMENT_NOT_NEWER'});
	t.deepEqual(store.offer(announce(1n)), {code: 'ANNOUNCEMENT_NOT_NEWER'});
	t.is(store.offer(announce(3n, {until: 9}))?.code, 'ANNOUNCEMENT_EXPIRED');
	const forged = announce(3n);
	t.is(store.offer(flipped(forged, forged.length - 1))?.code, 'ANNOUNCEMENT_SIGNATURE_INVALID');
	t.is(store.offer(Uint8Array.of(1))?.code, 'CBOR_WRONG_TYPE');
	t.is(store.of(provider.verificationKey)?.sequence, 2n);
});

test('feeds peers page by page, newest changes last', async t => {
	const {store} = open();
	const others = Array.from({length: 70}, (_, index) => party(`provider ${index}`));
	for (const by of others) store.offer(announce(1n, {by}));
	const first = store.feed.since(0n);
	t.is(first?.items.length, 64);
	const second = store.feed.since(first?.cursor ?? 0n);
	t.is(second?.items.length, 6);
	t.is(store.feed.since(second?.cursor ?? 0n), undefined);
	const {signal} = new AbortController();
	const changed = store.feed.changed({signal});
	await store.sink.add([announce(2n, {by: others[0]}), Uint8Array.of(0)], {signal});
	await changed;
	t.deepEqual(store.feed.since(second?.cursor ?? 0n)?.items, [announce(2n, {by: others[0]})]);
});
