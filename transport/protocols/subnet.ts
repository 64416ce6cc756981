import {type Endpoint, formatEndpoint} from './endpoint.ts';

const ADDRESS_4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Loopback, link-local and the ranges of RFC 1918 and RFC 6598. */
const isPrivate4 = (a: number, b: number): boolean =>
	a === 127 ||
	a === 10 ||
	a === 0 ||
	(a === 172 && b >= 16 && b < 32) ||
	(a === 192 && b === 168) ||
	(a === 169 && b === 254) ||
	(a === 100 && b >= 64 && b < 128);

/** The eight groups of an IPv6 address, or undefined when it is none. */
const groupsOf = (host: string): readonly number[] | undefined => {
	const [head = '', tail] = host.split('::');
	const parse = (text: string): number[] =>
		text === '' ? [] : text.split(':').map(part => Number.parseInt(part, 16));
	const [left, right] = [parse(head), parse(tail ?? '')];
	const missing = 8 - left.length - right.length;
	const groups =
		tail === undefined ? left : [...left, ...new Array<number>(Math.max(0, missing)).fill(0), ...right];
	const isSound = groups.length === 8 && groups.every(group => group >= 0 && group <= 0xff_ff);
	return isSound ? groups : undefined;
};

/**
 * The range of addresses that one house usually has: /24 of IPv4, /48 of IPv6. A name stands for itself: who looks it up
 * may get another address every time. Addresses of no public network are told apart by their ports, since nothing else
 * does.
 */
export const subnetOf = (endpoint: Endpoint): string => {
	const host = endpoint.host.toLowerCase();
	const four = ADDRESS_4.exec(host.replace(/^::ffff:(?=\d+\.)/, ''));
	if (four !== null) {
		const [a = 0, b = 0, c = 0] = four.slice(1).map(Number);
		return isPrivate4(a, b) ? formatEndpoint(endpoint) : `${a}.${b}.${c}.0/24`;
	}
	if (!host.includes(':')) return host;
	const groups = groupsOf(host);
	if (groups === undefined) return host;
	const [first = 0, second = 0, third = 0] = groups;
	// ::1, unique local and link-local.
	const isPrivate =
		groups.slice(0, 7).every(group => group === 0) ||
		(first & 0xfe_00) === 0xfc_00 ||
		(first & 0xff_c0) === 0xfe_80;
	return isPrivate
		? formatEndpoint(endpoint)
		: `${[first, second, third].map(group => group.toString(16)).join(':')}::/48`;
};
