import test from 'ava';
import fc from 'fast-check';
import {isRoute, ROUTE_BYTES_MAX} from '#transport/protocols/route';

test('multiaddrs are routes', t => {
	for (const text of [
		'/ip4/203.0.113.7/tcp/4002',
		'/ip6/2001:db8::1/udp/4003/webrtc-direct/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ',
		'/dns4/relay.example/tcp/4002/p2p/12D3KooWKU3XAjuP3Vu6Nj4SdKREp66VNqNpYFV2Wd6Ab8tU2rz8/p2p-circuit',
	])
		t.true(isRoute(text), text);
});

test('other texts are none', t => {
	for (const text of ['', '/', 'ip4/1.2.3.4', '/ip4//tcp', '/ip4/1.2.3.4/', '/a b', '/ip4/1.2.3.4\n', '/é'])
		t.false(isRoute(text), text);
	t.true(isRoute(`/${'a'.repeat(100)}/${'a'.repeat(100)}`));
	t.false(isRoute(`/${'a/'.repeat(ROUTE_BYTES_MAX / 2)}a`));
	t.false(isRoute(`/${'a'.repeat(129)}`));
});

test('whatever text comes, the answer comes', t => {
	fc.assert(fc.property(fc.string({maxLength: 400}), text => t.is(typeof isRoute(text), 'boolean')));
});
