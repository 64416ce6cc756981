import test from 'ava';
import fc from 'fast-check';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {
	ANNOUNCEMENT_BYTES_MAX,
	type Announcement,
	decodeAnnouncement,
	encodeAnnouncement,
	signAnnouncement,
	supersedes,
	verifyAnnouncement,
} from '#transport/protocols/announcement';
import {crypto} from '../../support/crypto.ts';

const genesisHash: GenesisHash = Hash32(new Uint8Array(32).fill(1));
const seed = new Uint8Array(32).fill(9);
const content: Omit<Announcement, 'key'> = {
	sequence: 5n,
	validUntilSlot: Slot(100),
	endpoint: '127.0.0.1:4001',
	routes: ['/ip4/127.0.0.1/tcp/4002'],
	attributes: [
		{name: 'region', value: 'eu'},
		{name: 'operator', value: 'east'},
	],
};
const signed = signAnnouncement(crypto, genesisHash, seed, content);

test('an announcement survives the wire and holds', t => {
	const decoded = decodeAnnouncement(encodeAnnouncement(signed));
	t.deepEqual(decoded, {ok: true, value: signed});
	t.deepEqual(verifyAnnouncement(crypto, genesisHash, Slot(100), signed), {
		ok: true,
		value: signed.announcement,
	});
	t.deepEqual(
		signed.announcement.attributes.map(({name}) => name),
		['operator', 'region'],
	);
});

test('an announcement expires', t => {
	t.deepEqual(verifyAnnouncement(crypto, genesisHash, Slot(101), signed), {
		ok: false,
		error: {code: 'ANNOUNCEMENT_EXPIRED', validUntilSlot: Slot(100), slot: Slot(101)},
	});
});

test('an announcement of another network, or an altered one, is not signed', t => {
	const refused = {ok: false, error: {code: 'ANNOUNCEMENT_SIGNATURE_INVALID'}};
	const other: GenesisHash = Hash32(new Uint8Array(32).fill(2));
	t.deepEqual(verifyAnnouncement(crypto, other, Slot(1), signed), refused as never);
	const announcement = {...signed.announcement, endpoint: '127.0.0.1:4002'};
	t.deepEqual(verifyAnnouncement(crypto, genesisHash, Slot(1), {...signed, announcement}), refused as never);
});

test('the newest sequence of a key counts', t => {
	const newer = {...signed.announcement, sequence: 6n};
	t.true(supersedes(newer, signed.announcement));
	t.false(supersedes(signed.announcement, newer));
	t.false(supersedes(signed.announcement, signed.announcement));
	t.false(supersedes({...newer, key: new Uint8Array(32)}, signed.announcement));
});

test('what is not well formed is refused by name', t => {
	const failure = (change: Partial<Announcement>) => {
		const decoded = decodeAnnouncement(
			encodeAnnouncement({...signed, announcement: {...signed.announcement, ...change}}),
		);
		return decoded.ok ? undefined : decoded.error;
	};
	t.deepEqual(failure({endpoint: 'nowhere'}), {
		code: 'ANNOUNCEMENT_ENDPOINT_MALFORMED',
		endpoint: 'nowhere',
	});
	t.deepEqual(failure({routes: ['/ip4/127.0.0.1', 'no route']}), {
		code: 'ANNOUNCEMENT_ROUTE_MALFORMED',
		index: 1,
	});
	t.deepEqual(failure({endpoint: null, routes: []}), {code: 'ANNOUNCEMENT_PLACELESS'});
	t.is(failure({endpoint: null}), undefined);
	t.is(failure({routes: []}), undefined);
	const twice = [
		{name: 'a', value: ''},
		{name: 'a', value: ''},
	];
	t.deepEqual(failure({attributes: twice}), {code: 'ANNOUNCEMENT_ATTRIBUTES_UNSORTED', index: 1});
	const length = ANNOUNCEMENT_BYTES_MAX + 1;
	t.deepEqual(decodeAnnouncement(new Uint8Array(length)), {
		ok: false,
		error: {code: 'ANNOUNCEMENT_TOO_LONG', length, lengthMax: ANNOUNCEMENT_BYTES_MAX},
	});
});

test('random and altered bytes never throw, and what is accepted is canonical', t => {
	const bytes = encodeAnnouncement(signed);
	fc.assert(
		fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, value) => {
			const altered = bytes.slice();
			altered[place] = value;
			const decoded = decodeAnnouncement(altered);
			if (decoded.ok) t.deepEqual(encodeAnnouncement(decoded.value), altered);
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), random => t.notThrows(() => decodeAnnouncement(random))),
	);
});
