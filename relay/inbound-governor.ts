/** Whom of those that dial us to let in, and when. Pure decisions: the listener counts, waits and hangs up. */

export type InboundLimits = {
	/** Connections from outside, all together: no more. */
	readonly hardMax: number;
	/** From here on everybody waits, the longer the fuller it is, and nobody gets more than a few places. */
	readonly softMax: number;
	/** Connections from one address, as `limitKeyOf` tells addresses apart. */
	readonly perAddressMax: number;
	/** The longest wait before a handshake; default 5,000. */
	readonly delayMsMax?: number | undefined;
};

/** cardano-node's `AcceptedConnectionsLimit`. */
export const INBOUND_LIMITS: InboundLimits = {hardMax: 512, softMax: 384, perAddressMax: 32};

/** cardano-node's. */
const DELAY_MS_MAX = 5_000;
/** Above the soft limit an address has this part of its places. */
const SCARCE_SHARE = 4;
/** An address that has used up its arrivals gets its places' number of new ones in this time. */
const REFILL_MS = 60_000;
/** Arrivals that an address has from the start, in multiples of its places. */
const BURST = 2;
/** Addresses that are remembered; those that came longest ago make room. */
const ARRIVALS_MAX = 4_096;

type Arrivals = {
	/** Connections that the address may still open. */
	readonly left: number;
	readonly atMs: number;
};

export type InboundGovernor = {
	readonly limits: InboundLimits;
	/** Open connections, those included that wait. */
	readonly count: number;
	readonly countByHost: ReadonlyMap<string, number>;
	/** In the order of the last arrival. */
	readonly arrivals: ReadonlyMap<string, Arrivals>;
};

export type InboundVerdict =
	| {readonly kind: 'accept'; readonly delayMs: number}
	| {readonly kind: 'refuse'; readonly why: 'full' | 'addressFull' | 'tooOften'};

export const createInboundGovernor = (limits: InboundLimits): InboundGovernor => ({
	limits,
	count: 0,
	countByHost: new Map(),
	arrivals: new Map(),
});

/** What comes from this machine is its owner's: its number is limited, how often it comes is not. */
const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

const burstOf = ({perAddressMax}: InboundLimits): number => BURST * perAddressMax;

const arrivalsOf = ({arrivals, limits}: InboundGovernor, host: string, nowMs: number): number => {
	const before = arrivals.get(host);
	if (before === undefined) return burstOf(limits);
	const refilled = (Math.max(nowMs - before.atMs, 0) / REFILL_MS) * limits.perAddressMax;
	return Math.min(before.left + refilled, burstOf(limits));
};

const judge = (governor: InboundGovernor, host: string, arrivalsLeft: number): InboundVerdict => {
	const {limits, count, countByHost} = governor;
	const {hardMax, softMax, perAddressMax} = limits;
	const fromHost = countByHost.get(host) ?? 0;
	if (count >= hardMax) return {kind: 'refuse', why: 'full'};
	const isScarce = count >= softMax;
	const places = isScarce ? Math.ceil(perAddressMax / SCARCE_SHARE) : perAddressMax;
	if (fromHost >= places) return {kind: 'refuse', why: 'addressFull'};
	if (!isLoopback(host) && arrivalsLeft < 1) return {kind: 'refuse', why: 'tooOften'};
	if (!isScarce) return {kind: 'accept', delayMs: 0};
	const fullness = (count - softMax + 1) / Math.max(hardMax - softMax, 1);
	return {kind: 'accept', delayMs: Math.round((limits.delayMsMax ?? DELAY_MS_MAX) * Math.min(fullness, 1))};
};

const noteArrival = (
	{arrivals}: InboundGovernor,
	host: string,
	noted: Arrivals,
): ReadonlyMap<string, Arrivals> => {
	const all = new Map(arrivals);
	all.delete(host);
	all.set(host, noted);
	const [oldest] = all.keys();
	if (all.size > ARRIVALS_MAX && oldest !== undefined) all.delete(oldest);
	return all;
};

/** Somebody dials us. Whoever is let in counts until `departed`; a refusal, too, uses up an arrival. */
export const arrived = (
	governor: InboundGovernor,
	host: string,
	nowMs: number,
): {readonly governor: InboundGovernor; readonly verdict: InboundVerdict} => {
	const arrivalsLeft = arrivalsOf(governor, host, nowMs);
	const verdict = judge(governor, host, arrivalsLeft);
	const arrivals = noteArrival(governor, host, {left: Math.max(arrivalsLeft - 1, 0), atMs: nowMs});
	if (verdict.kind === 'refuse') return {governor: {...governor, arrivals}, verdict};
	const countByHost = new Map(governor.countByHost);
	countByHost.set(host, (countByHost.get(host) ?? 0) + 1);
	return {governor: {...governor, count: governor.count + 1, countByHost, arrivals}, verdict};
};

/** One that was let in is gone. */
export const departed = (governor: InboundGovernor, host: string): InboundGovernor => {
	const left = (governor.countByHost.get(host) ?? 0) - 1;
	if (left < 0) return governor;
	const countByHost = new Map(governor.countByHost);
	if (left === 0) countByHost.delete(host);
	else countByHost.set(host, left);
	return {...governor, count: governor.count - 1, countByHost};
};
