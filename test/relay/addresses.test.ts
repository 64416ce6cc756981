import {SocketAddress} from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {addressText} from '#relay/bearer/bearer';
import {addressOf, limitKeyOf, peerAddressOf} from '#relay/ip-address';

test('addresses go to octets and back', t => {
	t.deepEqual(peerAddressOf({host: '1.2.3.4', port: 5}), {octets: Uint8Array.of(1, 2, 3, 4), port: 5});
	t.deepEqual(
		peerAddressOf({host: '2001:db8::1:2', port: 5})?.octets,
		Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2),
	);
	t.is(peerAddressOf({host: 'relay.example.org', port: 5}), undefined);
	fc.assert(
		fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat({max: 65_535}), (host, port) => {
			const shared = peerAddressOf({host, port});
			if (shared === undefined) return t.fail(host);
			const family = host.includes(':') ? 'ipv6' : 'ipv4';
			const normal = (text: string): string => new SocketAddress({address: text, family}).address;
			t.is(normal(addressOf(shared).host), normal(host), host);
			t.deepEqual(peerAddressOf(addressOf(shared)), shared);
		}),
	);
});

test('an address is written so that its port is clear', t => {
	t.is(addressText({host: '1.2.3.4', port: 5}), '1.2.3.4:5');
	t.is(addressText({host: '::1', port: 5}), '[::1]:5');
});

test('limits count an IPv4 address by itself, and of IPv6 the network of 64 bits', t => {
	t.is(limitKeyOf('192.0.2.1'), '192.0.2.1');
	t.is(limitKeyOf('::ffff:192.0.2.1'), '192.0.2.1');
	t.is(limitKeyOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
	t.is(limitKeyOf('2001:db8:1:2::9'), '2001:db8:1:2::/64');
	t.not(limitKeyOf('2001:db8:1:3::9'), '2001:db8:1:2::/64');
	t.is(limitKeyOf('::1'), '::1');
	t.is(limitKeyOf(''), '');
});
