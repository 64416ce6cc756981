import test from 'ava';
import fc from 'fast-check';
import {ANNOUNCEMENT_BYTES_MAX as CARRIED_BYTES_MAX} from '#relay/protocols/announcements/limits';
import {ANNOUNCEMENT_BYTES_MAX} from '#transport/protocols/announcement';
import {parseEndpoint} from '#transport/protocols/endpoint';
import {attributeOf, readAttributes} from '#transport/protocols/provider-attributes';
import {subnetOf} from '#transport/protocols/subnet';

const subnet = (endpoint: string): string => {
	const parsed = parseEndpoint(endpoint);
	return parsed === undefined ? 'no endpoint' : subnetOf(parsed);
};

test('attributes are compared in one form, and what makes no sense is as if it were not said', t => {
	t.deepEqual(
		readAttributes([
			['asn', ' AS3320 '],
			['colour', 'red'],
			['operator', 'Blue House 7'],
			['region', 'DE-BY'],
			['service', 'standard+20 Fast+50'],
		]),
		{asn: '3320', operator: 'blue house 7', region: 'de-by', service: 'standard+20 fast+50'},
	);
	t.deepEqual(
		readAttributes([
			['asn', '4294967296'],
			['operator', '<b>'],
			['region', 'the moon'],
			['service', 'at once'],
		]),
		{asn: null, operator: null, region: null, service: null},
	);
	t.is(attributeOf('asn', '0'), undefined);
	fc.assert(
		fc.property(fc.constantFrom('operator', 'asn', 'region', 'service'), fc.string(), (name, value) => {
			const read = attributeOf(name, value);
			if (read !== undefined) t.is(attributeOf(name, read), read);
		}),
	);
});

test('neighbours share a subnet, strangers do not', t => {
	t.is(subnet('203.0.113.7:4000'), '203.0.113.0/24');
	t.is(subnet('203.0.113.250:1'), '203.0.113.0/24');
	t.is(subnet('[::ffff:203.0.113.9]:1'), '203.0.113.0/24');
	t.is(subnet('[2001:db8:1:2::5]:4000'), '2001:db8:1::/48');
	t.is(subnet('[2001:DB8:1::]:1'), '2001:db8:1::/48');
	t.is(subnet('node.example.org:4000'), 'node.example.org');
	t.is(subnet('NODE.example.org:1'), 'node.example.org');
});

test('on one machine or at home only ports tell providers apart', t => {
	for (const host of [
		'127.0.0.1',
		'10.1.2.3',
		'192.168.1.1',
		'172.20.0.1',
		'100.64.0.1',
		'[::1]',
		'[fd00::1]',
		'[fe80::1]',
	])
		t.is(subnet(`${host}:4000`), `${host}:4000`);
});

test('any endpoint has a subnet', t => {
	const host = fc.oneof(
		fc.ipV4(),
		fc.ipV6().map(address => `[${address}]`),
		fc.domain(),
	);
	fc.assert(
		fc.property(host, fc.integer({min: 1, max: 65_535}), (name, port) => {
			const parsed = parseEndpoint(`${name}:${port}`);
			if (parsed !== undefined) t.true(subnetOf(parsed).length > 0);
		}),
	);
});

test('an announcement that is taken is one that relays carry', t => {
	t.is(ANNOUNCEMENT_BYTES_MAX, CARRIED_BYTES_MAX);
});
