/** DNS names of a topology: when to look each one up, and what it stands for meanwhile. Pure. */
import {isIP} from 'node:net';
import {type Address, addressText} from './bearer/bearer.ts';
import type {Topology} from './topology.ts';

type Entry = {
	/** What the last answer said; it holds until there is another. */
	readonly hosts: readonly string[];
	readonly failures: number;
	readonly isUnderWay: boolean;
	/** Not to be looked up before. */
	readonly notBeforeMs: number;
	/** Named by the topology: looked up again and again. Others are looked up once. */
	readonly isRoot: boolean;
};

export type NameBook = {readonly entries: ReadonlyMap<string, Entry>};

/** A resolver tells nothing of how long its answer holds: cardano-node's shortest time is a minute, and this is five. */
const AGAIN_MS = 300_000;
const BACK_OFF_MS = 5_000;
const BACK_OFF_MS_MAX = 300_000;
const UNDER_WAY_MAX = 2;
/** Addresses of one name that count. */
const HOSTS_MAX = 32;
const NAMES_MAX = 4_096;

const isName = (host: string): boolean => isIP(host) === 0;

const fresh = (isRoot: boolean): Entry => ({
	hosts: [],
	failures: 0,
	isUnderWay: false,
	notBeforeMs: 0,
	isRoot,
});

const pointsOf = ({localRoots, publicRoots, bootstrapPeers}: Topology): readonly Address[] => [
	...[...localRoots, ...publicRoots].flatMap(({accessPoints}) => accessPoints),
	...bootstrapPeers,
];

/** The names of a topology, with what was known of them before. */
export const nameBookOf = (topology: Topology, before?: NameBook): NameBook => {
	const entries = new Map<string, Entry>();
	for (const {host} of pointsOf(topology))
		if (isName(host) && entries.size < NAMES_MAX)
			entries.set(host, {...(before?.entries.get(host) ?? fresh(true)), isRoot: true});
	return {entries};
};

/** Other names that have to be looked up, once. */
export const addNames = (book: NameBook, addresses: readonly Address[]): NameBook => {
	const entries = new Map(book.entries);
	for (const {host} of addresses)
		if (isName(host) && !entries.has(host) && entries.size < NAMES_MAX) entries.set(host, fresh(false));
	return {entries};
};

/** Names to look up now: roots first, and never more than two at a time. */
export const namesToResolve = (
	book: NameBook,
	nowMs: number,
): {readonly book: NameBook; readonly names: readonly string[]} => {
	const all = [...book.entries];
	const room = UNDER_WAY_MAX - all.filter(([, {isUnderWay}]) => isUnderWay).length;
	const names = all
		.filter(([, {isUnderWay, notBeforeMs}]) => !isUnderWay && notBeforeMs <= nowMs)
		.sort(([, a], [, b]) => Number(b.isRoot) - Number(a.isRoot) || a.notBeforeMs - b.notBeforeMs)
		.slice(0, Math.max(room, 0))
		.map(([name]) => name);
	const entries = new Map(book.entries);
	for (const name of names) {
		const entry = entries.get(name);
		if (entry !== undefined) entries.set(name, {...entry, isUnderWay: true});
	}
	return {book: {entries}, names};
};

/**
 * The answer to a look-up; undefined when there was none. What is known of a name is not forgotten because its server is away. An answer
 * for a name that nobody wants any longer changes nothing.
 */
export const resolved = (
	book: NameBook,
	name: string,
	hosts: readonly string[] | undefined,
	nowMs: number,
): NameBook => {
	const entry = book.entries.get(name);
	if (entry === undefined) return book;
	const entries = new Map(book.entries);
	const good = [...new Set(hosts ?? [])].filter(host => !isName(host)).slice(0, HOSTS_MAX);
	// Resolvers change the order from answer to answer.
	good.sort((a, b) => (a < b ? -1 : 1));
	if (good.length === 0) {
		const failures = entry.failures + 1;
		const waitMs = Math.min(BACK_OFF_MS * 2 ** Math.min(failures - 1, 20), BACK_OFF_MS_MAX);
		entries.set(name, {...entry, failures, isUnderWay: false, notBeforeMs: nowMs + waitMs});
		return {entries};
	}
	const notBeforeMs = entry.isRoot ? nowMs + AGAIN_MS : Number.POSITIVE_INFINITY;
	entries.set(name, {...entry, hosts: good, failures: 0, isUnderWay: false, notBeforeMs});
	return {entries};
};

/** What addresses stand for: IP addresses for themselves, names for what the last answer said, each once. */
export const addressesBehind = (book: NameBook, addresses: readonly Address[]): readonly Address[] => {
	const behind = new Map<string, Address>();
	for (const {host, port} of addresses) {
		const hosts = isName(host) ? (book.entries.get(host)?.hosts ?? []) : [host];
		for (const one of hosts) behind.set(addressText({host: one, port}), {host: one, port});
	}
	return [...behind.values()];
};

/** The topology with addresses in place of names. Valencies stay: a name may stand for several peers. */
export const withoutNames = (topology: Topology, book: NameBook): Topology => {
	const plain = <Root extends {readonly accessPoints: readonly Address[]}>(root: Root): Root => ({
		...root,
		accessPoints: addressesBehind(book, root.accessPoints),
	});
	return {
		...topology,
		localRoots: topology.localRoots.map(plain),
		publicRoots: topology.publicRoots.map(plain),
		bootstrapPeers: addressesBehind(book, topology.bootstrapPeers),
	};
};
