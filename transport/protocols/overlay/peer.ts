/** Peers as the layers of the overlay see them: verified before, so that here only places, topics and ages count. */
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {subnetOf} from '../subnet.ts';
import type {Profile} from './profile.ts';

/** Luck that is handed in. */
export type Dice = {
	/** An integer in [0, limit), limit up to 2^32. */
	below(limit: number): number;
};

export type Peer = {
	/** The key in hexadecimal. */
	readonly id: string;
	/** Where it stands on every ring, in [0, 2^48): of the key's hash, so that few can choose it freely. */
	readonly position: number;
	/** 32 bits of the key's hash, for drawing lots. */
	readonly lot: number;
	/** 32 bits of the hash of the network that its address is in. */
	readonly networkLot: number;
	readonly topics: readonly number[];
	readonly sequence: bigint;
	/** The signed profile, as it is handed on. */
	readonly signed: Uint8Array;
	readonly routes: readonly string[];
};

/** A peer that somebody told of, and in how many rounds nobody has heard from itself. */
export type Neighbour = {readonly peer: Peer; readonly age: number};

/** 2^48: positions are exact in doubles, and so are their differences. */
export const RING = 281_474_976_710_656;
/** Rounds after which nobody believes any more that a peer is there. */
export const AGE_MAX = 30;

const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6|dnsaddr)\/([^/]+)(?:\/(?:tcp|udp)\/(\d+))?/;

/**
 * The network that a route's first address is in: /24 of IPv4, /48 of IPv6, the last two labels of a name. Whoever is
 * reached through a relay is in the relay's. What is no public address stands for itself.
 */
export const networkOf = (route: string): string => {
	const found = ADDRESS.exec(route);
	if (found === null) return route;
	const [, kind = '', host = '', port = '0'] = found;
	if (kind.startsWith('dns')) return host.toLowerCase().split('.').slice(-2).join('.');
	return subnetOf({host, port: Number(port)});
};

const word = (bytes: Uint8Array, at: number): number =>
	(((bytes[at] ?? 0) << 24) |
		((bytes[at + 1] ?? 0) << 16) |
		((bytes[at + 2] ?? 0) << 8) |
		(bytes[at + 3] ?? 0)) >>>
	0;

const ascii = (text: string): Uint8Array =>
	Uint8Array.from(text, character => character.charCodeAt(0) & 0xff);

export const peerOf = (hasher: Hasher, profile: Profile, signed: Uint8Array): Peer => {
	const hash = hasher.blake2b256(profile.key);
	const [route] = profile.routes;
	const network = route === undefined ? hash : hasher.blake2b256(ascii(networkOf(route)));
	return {
		id: toHex(profile.key),
		position: (word(hash, 0) & 0xffff) * 2 ** 32 + word(hash, 4),
		lot: word(hash, 8),
		networkLot: word(network, 12),
		topics: profile.topics,
		sequence: profile.sequence,
		signed,
		routes: profile.routes,
	};
};

/** From `from` on to `to`, the way positions grow; a whole turn for the same place. */
export const clockwise = (from: number, to: number): number => (to > from ? to - from : to - from + RING);

export const sharesTopic = (a: readonly number[], b: readonly number[]): boolean =>
	a.some(topic => b.includes(topic));

/** Of two reports of one peer: the newest profile, and the last time that anybody heard of it. */
export const fresher = (known: Neighbour, told: Neighbour): Neighbour => {
	const peer = told.peer.sequence > known.peer.sequence ? told.peer : known.peer;
	return {peer, age: Math.min(known.age, told.age)};
};

/** Each peer once. */
export const distinct = (lists: readonly (readonly Neighbour[])[]): readonly Neighbour[] => {
	const byId = new Map<string, Neighbour>();
	for (const entries of lists)
		for (const entry of entries) {
			const known = byId.get(entry.peer.id);
			byId.set(entry.peer.id, known === undefined ? entry : fresher(known, entry));
		}
	return [...byId.values()];
};

/** `count` of them, or all, in an order of luck. */
export const draw = <T>(dice: Dice, from: readonly T[], count: number): readonly T[] => {
	const left = [...from];
	const drawn: T[] = [];
	while (drawn.length < count && left.length > 0) {
		const at = dice.below(left.length);
		drawn.push(left[at] as T);
		left[at] = left.at(-1) as T;
		left.pop();
	}
	return drawn;
};

/**
 * Where a lot comes for the holder of a secret. The last steps of MurmurHash3: every bit of the two moves every bit of the
 * rank, and without the secret nobody knows which lots are good.
 */
export const rankOf = (secret: number, lot: number): number => {
	let mixed = secret ^ lot;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
};
