import {isIPv4, isIPv6} from 'node:net';
import type {PeerAddress} from '#relay/protocols/peer-sharing/messages';
import type {Address} from './bearer/bearer.ts';

const groupsOf = (text: string): readonly number[] => {
	if (text === '') return [];
	return text.split(':').flatMap(group => {
		if (!group.includes('.')) return [Number.parseInt(group, 16)];
		const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
		return [(a << 8) | b, (c << 8) | d];
	});
};

const octetsOfIPv6 = (host: string): Uint8Array => {
	const [text = ''] = host.split('%');
	const [left = '', right] = text.split('::');
	const head = groupsOf(left);
	const tail = right === undefined ? [] : groupsOf(right);
	const zeros = Array.from({length: 8 - head.length - tail.length}, () => 0);
	return Uint8Array.from([...head, ...zeros, ...tail].flatMap(group => [group >> 8, group & 255]));
};

/** For peer sharing; undefined for DNS names, which it cannot carry. */
export const peerAddressOf = ({host, port}: Address): PeerAddress | undefined => {
	if (isIPv4(host)) return {octets: Uint8Array.from(host.split('.').map(Number)), port};
	return isIPv6(host) ? {octets: octetsOfIPv6(host), port} : undefined;
};

/** An address that a peer shared, in a form that can be dialled. */
export const addressOf = ({octets, port}: PeerAddress): Address => {
	if (octets.length === 4) return {host: octets.join('.'), port};
	const groups: string[] = [];
	for (let index = 0; index < 16; index += 2)
		groups.push((((octets[index] as number) << 8) | (octets[index + 1] as number)).toString(16));
	return {host: groups.join(':'), port};
};

/**
 * Whom limits by address count: an IPv4 address by itself, of IPv6 the network of 64 bits, of which anybody with a line has one and in
 * which everybody has any number of addresses.
 */
export const limitKeyOf = (host: string): string => {
	const plain = host.replace(/^::ffff:(?=\d+\.)/i, '');
	if (!isIPv6(plain) || plain === '::1') return plain;
	const groups = addressOf({octets: octetsOfIPv6(plain), port: 0}).host.split(':');
	return `${groups.slice(0, 4).join(':')}::/64`;
};
