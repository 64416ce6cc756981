/**
 * The network between nodes: every connection is an ordered stream as TCP makes it, over links that are slow, lossy,
 * cut or broken. What a fault of datagrams becomes on a stream:
 * - loss: the segment comes later, after a retransmission, and everything behind it waits; lost too often, the connection
 *   is cut;
 * - reordering: segments of one connection come in order (the later waits), those of different connections overtake;
 * - duplication: TCP drops duplicates; whole messages come twice because nodes hear from several peers, and pairs of
 *   nodes that dial each other have two connections;
 * - a broken middle box (`tamper`) does what TCP promises not to: drops, doubles, swaps or flips bits of what is
 *   delivered. The multiplexer, the codecs or the rules have to notice.
 */
import {NodeError} from '#kernel/node-error';
import type {Network} from '#node/services/sync/network';
import {type Address, addressText, type Bearer} from '#relay/bearer/bearer';
import {type Connection, openConnection} from '#relay/connection';
import {DIAL_MS} from '#relay/dial';
import {INBOUND_LIMITS} from '#relay/inbound-governor';
import type {ListenerOptions} from '#relay/listener';
import type {History} from './history.ts';
import type {Random} from './random.ts';
import {type Segment, StreamEnd} from './stream-end.ts';
import type {Owner, VirtualTime} from './virtual-time.ts';

export type LinkQuality = {
	/** Least delay, and the mean of what comes on top (exponential). */
	readonly latencyMs: readonly [min: number, mean: number];
	/** Of one segment, each time it is sent. */
	readonly lossChance: number;
	/** Undefined: as much as one likes. */
	readonly bytesPerMs?: number;
};

export type Tampering = 'drop' | 'duplicate' | 'swap' | 'flip';

type Listening = {readonly owner: Owner; readonly accept: (end: StreamEnd, fromHost: string) => void};

type Stream = {readonly ends: readonly [StreamEnd, StreamEnd]};

/** Two hops of header, request and body take less than half a second. */
export const GOOD_LINK: LinkQuality = {latencyMs: [20, 10], lossChance: 0};
/** No delay is longer than this many means: odds reckon with a longest one. */
const MEANS_MAX = 5;
const RETRANSMISSION_MS = 200;
/** Losses of one segment in a row after which the connection is given up. */
const LOSSES_MAX = 4;
const PER_ADDRESS_MAX = 32;
const FIRST_EPHEMERAL_PORT = 32_768;

const pairOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

export class Wire {
	readonly #time: VirtualTime;
	readonly #random: Random;
	readonly #history: History;
	readonly #addresses = new Map<string, Address>();
	readonly #names = new Map<string, string>();
	readonly #listening = new Map<string, Listening>();
	readonly #streams = new Set<Stream>();
	readonly #qualities = new Map<string, LinkQuality>();
	readonly #tampering = new Map<string, {kind: Tampering; left: number}>();
	readonly #down = new Set<string>();
	#default: LinkQuality = GOOD_LINK;
	#isCut: (a: string, b: string) => boolean = () => false;
	#ports = FIRST_EPHEMERAL_PORT;
	/** Segments delivered. */
	deliveries = 0;

	constructor(time: VirtualTime, random: Random, history: History) {
		this.#time = time;
		this.#random = random;
		this.#history = history;
	}

	/** Gives a name its address. */
	join(name: string, address: Address): void {
		this.#addresses.set(name, address);
		this.#names.set(address.host, name);
	}

	addressOf(name: string): Address {
		const address = this.#addresses.get(name);
		if (address === undefined) throw new RangeError(`nobody is called ${name}`);
		return address;
	}

	setDefault(quality: LinkQuality): void {
		this.#default = quality;
	}

	setLink(a: string, b: string, quality: LinkQuality): void {
		this.#qualities.set(pairOf(a, b), quality);
	}

	/**
	 * Nothing passes between different groups; who is in no group reaches everybody. `silent`: connections stay open and
	 * what is sent waits for the heal (or for somebody's time limit); `reset`: they end at once.
	 */
	partition(groups: readonly (readonly string[])[], how: 'silent' | 'reset'): void {
		const groupOf = new Map(groups.flatMap((names, index) => names.map(name => [name, index] as const)));
		this.cut((a, b) => {
			const [ofA, ofB] = [groupOf.get(a), groupOf.get(b)];
			return ofA !== undefined && ofB !== undefined && ofA !== ofB;
		}, how);
	}

	/** Nothing passes between pairs for which `isCut` says so. */
	cut(isCut: (a: string, b: string) => boolean, how: 'silent' | 'reset'): void {
		this.#isCut = (a, b) => isCut(a, b) || isCut(b, a);
		if (how === 'silent') return;
		for (const {ends} of [...this.#streams])
			if (this.#isCut(ends[0].name, ends[1].name)) for (const end of ends) end.end();
	}

	heal(): void {
		this.#isCut = () => false;
		for (const {ends} of [...this.#streams])
			for (const end of ends) for (const segment of end.takeHeld()) this.#transmit(end, segment);
	}

	/** What `from` sends to `to` is damaged, for the next `segments` of it. */
	tamper(from: string, to: string, kind: Tampering, segments: number): void {
		this.#tampering.set(`${from} ${to}`, {kind, left: segments});
	}

	/** Ends every connection of a name. `process`: its machine says so to the others; `power`: nobody tells them. */
	dropAll(name: string, how: 'process' | 'power'): void {
		if (how === 'power') this.#down.add(name);
		this.#listening.delete(addressText(this.addressOf(name)));
		for (const stream of [...this.#streams]) {
			const own = stream.ends.find(end => end.name === name);
			if (own === undefined) continue;
			own.die();
			if (how === 'process') this.#afterLatency(own, () => own.other.end());
		}
	}

	/** Its machine runs again: it knows nothing of earlier connections, and says so to whoever still has one. */
	powerUp(name: string): void {
		if (!this.#down.delete(name)) return;
		for (const {ends} of [...this.#streams])
			for (const end of ends) if (end.name === name) this.#afterLatency(end, () => end.other.end());
	}

	/** How many connections two names have. */
	connections(a: string, b: string): number {
		return [...this.#streams].filter(({ends}) => pairOf(ends[0].name, ends[1].name) === pairOf(a, b)).length;
	}

	/** The way in and out of an owner's process. */
	networkOf(owner: Owner): Network {
		const environment = this.#time.environment(owner, this.#random.fork(`limits of ${owner.name}`));
		return {
			dial: async (address, options, {signal}) => {
				const bearer = await this.dialBearer(owner, address, {signal});
				return openConnection({...options, bearer, direction: 'outbound', environment}, {signal});
			},
			listen: async options => {
				const key = addressText(options.address);
				const stopping = new AbortController();
				const open = new Set<Connection>();
				const hosts = new Map<string, number>();
				this.#listening.set(key, {
					owner,
					accept: (end, fromHost) => {
						const fromSame = hosts.get(fromHost) ?? 0;
						if (
							open.size >= INBOUND_LIMITS.hardMax ||
							fromSame >= (options.perAddressMax ?? PER_ADDRESS_MAX)
						) {
							end.bearer.close();
							options.refused?.(end.remote, new NodeError({code: 'RELAY_TOO_MANY_CONNECTIONS'}));
							return;
						}
						hosts.set(fromHost, fromSame + 1);
						this.#accept({...options, environment}, end, stopping.signal, open, () =>
							hosts.set(fromHost, (hosts.get(fromHost) ?? 1) - 1),
						);
					},
				});
				return {
					address: options.address,
					inboundCount: () => open.size,
					close: async () => {
						this.#listening.delete(key);
						stopping.abort(new NodeError({code: 'RELAY_CLOSED'}));
						for (const connection of open) connection.close();
					},
				};
			},
		};
	}

	/** A stream of bytes to an address, as a socket gives it. Rejects with RELAY_DIAL_FAILED. */
	dialBearer(owner: Owner, address: Address, {signal}: {readonly signal: AbortSignal}): Promise<Bearer> {
		return new Promise((resolve, reject) => {
			if (signal.aborted) return reject(signal.reason);
			const abort = (): void => reject(signal.reason);
			signal.addEventListener('abort', abort, {once: true});
			const settle = (call: () => void): void => {
				signal.removeEventListener('abort', abort);
				if (owner.isAlive && !signal.aborted) call();
			};
			const fail = (): void => settle(() => reject(new NodeError({code: 'RELAY_DIAL_FAILED', ...address})));
			const to = this.#names.get(address.host);
			const isReachable = to !== undefined && !this.#isCut(owner.name, to) && !this.#down.has(to);
			if (!isReachable) {
				this.#time.at(this.#time.nowMs + DIAL_MS, fail);
				return;
			}
			const thereMs = this.#delayMs(owner.name, to);
			const backMs = this.#delayMs(owner.name, to);
			this.#time.at(this.#time.nowMs + thereMs, () => {
				const listening = this.#listening.get(addressText(address));
				if (listening === undefined || !owner.isAlive || signal.aborted) {
					this.#time.at(this.#time.nowMs + backMs, fail);
					return;
				}
				const [near, far] = this.#connect(owner, listening.owner, address);
				listening.accept(far, this.addressOf(owner.name).host);
				this.#time.at(this.#time.nowMs + backMs, () => {
					if (signal.aborted) near.bearer.close();
					settle(() => resolve(near.bearer));
				});
			});
		});
	}

	#accept(
		options: ListenerOptions & {readonly environment: Parameters<typeof openConnection>[0]['environment']},
		end: StreamEnd,
		signal: AbortSignal,
		open: Set<Connection>,
		left: () => void,
	): void {
		const {environment, ...rest} = options;
		openConnection(
			{...rest, ...(environment && {environment}), bearer: end.bearer, direction: 'inbound'},
			{signal},
		).then(
			connection => {
				open.add(connection);
				connection.signal.addEventListener(
					'abort',
					() => {
						open.delete(connection);
						left();
					},
					{once: true},
				);
				options.connected(connection);
			},
			reason => {
				left();
				options.refused?.(end.remote, reason);
			},
		);
	}

	#connect(from: Owner, to: Owner, address: Address): readonly [StreamEnd, StreamEnd] {
		const fromAddress = {host: this.addressOf(from.name).host, port: this.#ports++};
		const send = (end: StreamEnd, segment: Segment): void => this.#send(end, segment);
		const near = new StreamEnd(from, address, {send, nowMs: () => this.#time.nowMs});
		const far = new StreamEnd(to, fromAddress, {send, nowMs: () => this.#time.nowMs});
		near.other = far;
		far.other = near;
		const stream: Stream = {ends: [near, far]};
		this.#streams.add(stream);
		const ended = (): void => {
			if (near.isOver && far.isOver) this.#streams.delete(stream);
		};
		near.onEnd = ended;
		far.onEnd = ended;
		return [near, far];
	}

	#send(from: StreamEnd, segment: Segment): void {
		if (this.#isCut(from.name, from.other.name)) from.hold(segment);
		else this.#transmit(from, segment);
	}

	#transmit(from: StreamEnd, segment: Segment): void {
		const quality = this.#qualityOf(from.name, from.other.name);
		let lateMs = 0;
		let losses = 0;
		while (losses < LOSSES_MAX && this.#random.chance(quality.lossChance))
			lateMs += RETRANSMISSION_MS * 2 ** losses++;
		if (losses === LOSSES_MAX) {
			this.#time.at(this.#time.nowMs + lateMs, () => {
				from.end();
				from.other.end();
			});
			return;
		}
		const sendMs = quality.bytesPerMs === undefined ? 0 : segment.bytes / quality.bytesPerMs;
		const earliestMs = this.#time.nowMs + this.#delayMs(from.name, from.other.name) + lateMs;
		const arrivesMs = Math.ceil(Math.max(earliestMs, from.lastArrivalMs) + sendMs);
		from.lastArrivalMs = arrivesMs;
		this.#time.at(arrivesMs, () => this.#arrive(from, segment));
	}

	#arrive(from: StreamEnd, segment: Segment): void {
		segment.isSealed = true;
		this.deliveries++;
		this.#history.number(this.#time.nowMs);
		this.#history.text(from.other.name);
		for (const part of segment.parts) this.#history.bytes(part);
		for (const delivered of this.#damaged(from, segment)) from.other.receive(delivered);
	}

	/** What arrives of a segment: itself, unless somebody tampers with the stream. */
	#damaged(from: StreamEnd, segment: Segment): readonly Segment[] {
		const tampering = this.#tampering.get(`${from.name} ${from.other.name}`);
		if (tampering === undefined || segment.isLast) return [segment];
		if (--tampering.left <= 0) this.#tampering.delete(`${from.name} ${from.other.name}`);
		switch (tampering.kind) {
			case 'drop':
				return [];
			case 'duplicate':
				return [{...segment, parts: [...segment.parts], bytes: 0}, segment];
			case 'swap': {
				const kept = from.kept;
				from.kept = kept === undefined ? segment : undefined;
				return kept === undefined ? [] : [segment, kept];
			}
			case 'flip': {
				const [first, ...rest] = segment.parts.map(part => part.slice());
				if (first === undefined || first.length === 0) return [segment];
				const at = this.#random.below(first.length);
				first[at] = (first[at] as number) ^ (1 << this.#random.below(8));
				return [{...segment, parts: [first, ...rest]}];
			}
		}
	}

	#qualityOf(a: string, b: string): LinkQuality {
		return this.#qualities.size === 0 ? this.#default : (this.#qualities.get(pairOf(a, b)) ?? this.#default);
	}

	#delayMs(a: string, b: string): number {
		const [min, mean] = this.#qualityOf(a, b).latencyMs;
		return Math.ceil(min + Math.min(this.#random.exponential(mean), MEANS_MAX * mean));
	}

	#afterLatency({name, other}: StreamEnd, call: () => void): void {
		this.#time.at(this.#time.nowMs + this.#delayMs(name, other.name), call);
	}
}
