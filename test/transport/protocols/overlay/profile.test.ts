import test from 'ava';
import fc from 'fast-check';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {networkOf, peerOf, RING} from '#transport/protocols/overlay/peer';
import {
	decodeProfile,
	PROFILE_BYTES_MAX,
	type Profile,
	signProfile,
	verifyProfile,
} from '#transport/protocols/overlay/profile';
import {crypto} from '../../../support/crypto.ts';
import {must} from '../../../support/must.ts';

const genesisHash: GenesisHash = Hash32(new Uint8Array(32).fill(1));
const seed = new Uint8Array(32).fill(9);
const content: Omit<Profile, 'key'> = {
	sequence: 5n,
	validUntilSlot: Slot(100),
	routes: ['/ip4/198.51.100.7/tcp/4002'],
	topics: [1, 3],
};
const sign = (change: Partial<Omit<Profile, 'key'>> = {}): Uint8Array =>
	signProfile(crypto, genesisHash, seed, {...content, ...change});
const signed = sign();
const now = {slot: Slot(50), lifeSlotsMax: 60};

test('a profile survives the wire and holds', t => {
	const decoded = must(decodeProfile(signed));
	t.deepEqual(decoded.profile, {...content, key: crypto.ed25519VerificationKey(seed)});
	t.deepEqual(verifyProfile(crypto, genesisHash, decoded, now), {ok: true, value: decoded.profile});
});

test('a profile expires, and none may hold for too long ahead', t => {
	const decoded = must(decodeProfile(signed));
	t.deepEqual(verifyProfile(crypto, genesisHash, decoded, {...now, slot: Slot(101)}), {
		ok: false,
		error: {code: 'OVERLAY_PROFILE_EXPIRED', validUntilSlot: Slot(100), slot: Slot(101)},
	});
	t.deepEqual(verifyProfile(crypto, genesisHash, decoded, {...now, slot: Slot(39)}), {
		ok: false,
		error: {code: 'OVERLAY_PROFILE_LASTS_TOO_LONG', validUntilSlot: Slot(100), slotMax: Slot(99)},
	});
});

test('a profile of another network, or an altered one, is not signed', t => {
	const refused = {ok: false, error: {code: 'OVERLAY_PROFILE_SIGNATURE_INVALID'}};
	const other: GenesisHash = Hash32(new Uint8Array(32).fill(2));
	const decoded = must(decodeProfile(signed));
	t.deepEqual(verifyProfile(crypto, other, decoded, now), refused as never);
	const altered = must(decodeProfile(sign({topics: [1, 2]})));
	const mixed = {...altered, signature: decoded.signature};
	t.deepEqual(verifyProfile(crypto, genesisHash, mixed, now), refused as never);
});

test('topics grow, routes are routes, and nothing longer than the limit is looked at', t => {
	t.deepEqual(decodeProfile(sign({topics: [3, 3]})), {
		ok: false,
		error: {code: 'OVERLAY_PROFILE_TOPICS_UNSORTED', index: 1},
	});
	t.deepEqual(decodeProfile(sign({routes: ['/ip4/198.51.100.7/tcp/1', 'nowhere']})), {
		ok: false,
		error: {code: 'OVERLAY_PROFILE_ROUTE_MALFORMED', index: 1},
	});
	t.deepEqual(decodeProfile(new Uint8Array(PROFILE_BYTES_MAX + 1)), {
		ok: false,
		error: {code: 'OVERLAY_PROFILE_TOO_LONG', length: PROFILE_BYTES_MAX + 1, lengthMax: PROFILE_BYTES_MAX},
	});
});

test('the longest profile that can be made fits', t => {
	const route = `/ip4/198.51.100.7/tcp/4002/${'a'.repeat(114)}/${'b'.repeat(114)}`;
	const longest = sign({
		routes: [route, route, route, route],
		topics: Array.from({length: 16}, (_, index) => 240 + index),
		sequence: 2n ** 64n - 1n,
		validUntilSlot: Slot(Number.MAX_SAFE_INTEGER),
	});
	t.true(decodeProfile(longest).ok);
});

test('whatever bytes come, a profile is read or refused', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), bytes => {
			decodeProfile(bytes);
		}),
	);
	fc.assert(
		fc.property(fc.nat(signed.length - 1), fc.integer({min: 1, max: 255}), (at, mask) => {
			const altered = signed.slice();
			altered[at] = (altered[at] ?? 0) ^ mask;
			const decoded = decodeProfile(altered);
			t.false(decoded.ok && verifyProfile(crypto, genesisHash, decoded.value, now).ok);
		}),
	);
});

test('a peer stands where its key says, and its address says in which network', t => {
	const {profile} = must(decodeProfile(signed));
	const peer = peerOf(crypto, profile, signed);
	t.true(Number.isSafeInteger(peer.position) && peer.position >= 0 && peer.position < RING);
	const neighbour = peerOf(crypto, {...profile, routes: ['/ip4/198.51.100.200/udp/1']}, signed);
	t.is(neighbour.networkLot, peer.networkLot);
	const stranger = peerOf(crypto, {...profile, routes: ['/ip4/198.51.101.7/tcp/4002']}, signed);
	t.not(stranger.networkLot, peer.networkLot);
	t.is(networkOf('/dns4/a.relay.example/tcp/1/p2p/x/p2p-circuit'), 'relay.example');
	t.is(networkOf('/ip4/127.0.0.1/tcp/7'), '127.0.0.1:7');
	t.is(networkOf('/onion/x'), '/onion/x');
});
