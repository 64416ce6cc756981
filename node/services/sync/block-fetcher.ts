/** Carries out what `decideFetch` decides: asks peers for bodies, takes what comes, leaves who is slow or wrong. */
import type {Block} from '#consensus/block/block';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {BlockFetchClient, FetchOutcome} from '#relay/drivers/block-fetch-client';
import {DCLOUD_BLOCK_ERA, unwrapBlock} from '#relay/protocols/block';
import type {ChainService} from '../chain/chain-service.ts';
import {judgeBodyOf} from '../chain/judge-body.ts';
import {Latch} from '../latch.ts';
import type {BlockTimes} from './block-times.ts';
import {
	decideFetch,
	FETCH_LIMITS,
	type FetchLimits,
	type FetchPeer,
	type FetchRequest,
	type WantedBlock,
} from './decide-fetch.ts';
import type {PeerChain} from './peer-chain.ts';
import {answeredAfter, measured, type PeerSpeed, speedAtFirst} from './peer-speed.ts';

export type FetchPorts = {
	readonly chain: ChainService;
	readonly clock: Clock;
	readonly log: Log;
	readonly times: BlockTimes;
};

/** A peer that bodies may be asked of. */
export type BodyPeer = {
	/** Unlike any other's. */
	readonly name: string;
	readonly client: BlockFetchClient;
	readonly chain: PeerChain;
	readonly rttMs: () => number | undefined;
	/** Ends the connection. */
	readonly leave: (reason: NodeError) => void;
};

type Range = {
	readonly blocks: readonly WantedBlock[];
	/** How many have come. */
	taken: number;
	bytesLeft: number;
	readonly askedMs: number;
	readonly isFirst: boolean;
	lateMs: number;
	dueMs: number;
};

type Asked = {
	readonly peer: BodyPeer;
	readonly signal: AbortSignal;
	readonly ranges: Range[];
	speed: PeerSpeed;
	/** When its last answer ended. */
	doneMs: number;
};

/** Missing blocks of one peer that are looked at. */
const WANTED_MAX = 1_024;
/** A chain that lacks no more than this is near its tip. */
const NEAR_TIP_BLOCKS = 16;
/** Blocks judged in one go. */
const JUDGE_MAX = 64;
/** Who tells of a chain whose bodies it does not have is left, unless it tells of another one meanwhile. */
const WITHOUT_MS_MAX = 10_000;
/** Looking this much later than planned means that we slept, not that everybody else did. */
const SLEPT_MS = 1_000;

const refused = (problem: {readonly code: string}): NodeError =>
	new NodeError({
		code: 'SYNC_BLOCK_REFUSED',
		failure: problem,
		message: 'The peer sent a block that breaks the rules.',
	});

const wrongBatch = (sent: 'more' | 'fewer'): NodeError =>
	new NodeError({
		code: 'SYNC_BATCH_WRONG',
		sent,
		message: 'The peer sent more or fewer blocks than it was asked for.',
	});

export class BlockFetcher {
	readonly #ports: FetchPorts;
	readonly #limits: FetchLimits;
	readonly #asked = new Map<string, Asked>();
	readonly #changed = new Latch();
	readonly #arrived = new Latch();
	/** Have come and wait to be judged. */
	readonly #arrivals: Block[] = [];
	/** Their keys, and those of blocks that are being judged: nobody is asked for them again. */
	readonly #judging = new Set<string>();
	#judgingBytes = 0;
	#lookAgainMs: number | undefined;

	constructor(ports: FetchPorts, limits: FetchLimits = FETCH_LIMITS) {
		this.#ports = ports;
		this.#limits = limits;
	}

	/** Something has changed of which bodies are wanted. */
	notify(): void {
		this.#changed.set();
	}

	/** Bytes asked for and not yet judged. */
	get bytesUnderWay(): number {
		let bytes = this.#judgingBytes;
		for (const {ranges} of this.#asked.values()) for (const {bytesLeft} of ranges) bytes += bytesLeft;
		return bytes;
	}

	speedOf(name: string): PeerSpeed | undefined {
		return this.#asked.get(name)?.speed;
	}

	/** The peer may be asked until the signal aborts. */
	join(peer: BodyPeer, {signal}: {readonly signal: AbortSignal}): void {
		if (signal.aborted) return;
		const asked: Asked = {peer, signal, ranges: [], speed: speedAtFirst(peer.rttMs()), doneMs: 0};
		this.#asked.set(peer.name, asked);
		signal.addEventListener(
			'abort',
			() => {
				// It may have joined again.
				if (this.#asked.get(peer.name) === asked) this.#asked.delete(peer.name);
				this.notify();
			},
			{once: true},
		);
		this.notify();
	}

	/** Runs until the signal aborts. Rejects when the chain has stopped. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		this.#ports.chain.onSwitch(() => this.notify(), {signal});
		await Promise.all([this.#decideAlways(signal), this.#judgeAlways(signal)]);
	}

	async #decideAlways(signal: AbortSignal): Promise<void> {
		for (;;) {
			this.#lookAgainMs = this.#decide();
			await this.#changed.wait(this.#ports.clock, this.#lookAgainMs, {signal});
		}
	}

	#decide(): number | undefined {
		const nowMs = this.#ports.clock.now();
		this.#forgiveOurSleep(nowMs);
		this.#leaveTheLost(nowMs);
		const peers = [...this.#asked.values()].map(asked => this.#viewOf(asked));
		const {requests, leave, lookAgainMs} = decideFetch(peers, this.#judgingBytes, nowMs, this.#limits);
		for (const name of leave)
			this.#leave(name, {code: 'SYNC_BODIES_LATE', message: 'The peer did not bring blocks in time.'});
		for (const request of requests) this.#ask(request, nowMs);
		const times = lookAgainMs === undefined ? [] : [lookAgainMs];
		for (const {peer} of this.#asked.values())
			if (peer.chain.without !== undefined) times.push(peer.chain.without.sinceMs + WITHOUT_MS_MAX);
		return times.length === 0 ? undefined : Math.min(...times);
	}

	/** While this process was held up, or its clock was set, nobody could have been in time. */
	#forgiveOurSleep(nowMs: number): void {
		const sleptMs = this.#lookAgainMs === undefined ? 0 : nowMs - this.#lookAgainMs;
		if (sleptMs < SLEPT_MS) return;
		for (const {ranges} of this.#asked.values())
			for (const range of ranges) {
				range.lateMs += sleptMs;
				range.dueMs += sleptMs;
			}
	}

	/** Those whose chain can never be ours, and those that do not have the bodies of what they tell. */
	#leaveTheLost(nowMs: number): void {
		const {chain} = this.#ports;
		for (const {peer} of this.#asked.values()) {
			const {without} = peer.chain;
			if (peer.chain.isLost(chain))
				this.#leave(peer.name, {
					code: 'SYNC_CHAIN_REFUSED',
					message: 'The peer follows a chain that is not valid, or that left ours too long ago.',
				});
			else if (without !== undefined && nowMs >= without.sinceMs + WITHOUT_MS_MAX)
				this.#leave(peer.name, {
					code: 'SYNC_BODIES_WITHHELD',
					message: 'The peer tells of blocks that it does not have.',
				});
		}
	}

	#viewOf({peer, ranges, speed}: Asked): FetchPeer {
		const tip = peer.chain.tip?.header;
		const isBetter = tip !== undefined && this.#ports.chain.isBetter(tip.hash);
		const wanted = isBetter ? peer.chain.wanted(WANTED_MAX, this.#judging) : [];
		const {without} = peer.chain;
		const isStillWithout = without !== undefined && wanted.some(({key}) => key === without.key);
		if (!isStillWithout) peer.chain.without = undefined;
		return {
			peer: peer.name,
			wanted: isStillWithout ? [] : wanted,
			tipBlockNo: tip?.blockNo ?? -1,
			isNearTip: peer.chain.length <= NEAR_TIP_BLOCKS,
			underWay: ranges.map(({blocks, taken, bytesLeft, lateMs, dueMs}) => ({
				keys: blocks.slice(taken).map(({key}) => key),
				bytes: bytesLeft,
				lateMs,
				dueMs,
			})),
			speed,
		};
	}

	#leave(name: string, reason: {readonly code: string; readonly message: string}): void {
		this.#ports.log.debug('peer is left', {peer: name, code: reason.code});
		this.#asked.get(name)?.peer.leave(new NodeError(reason));
		this.#asked.delete(name);
	}

	#ask({peer: name, blocks, bytes, lateMs, dueMs}: FetchRequest, nowMs: number): void {
		const asked = this.#asked.get(name);
		const [first, last] = [blocks[0], blocks.at(-1)];
		if (asked === undefined || first === undefined || last === undefined) return;
		const isFirst = asked.ranges.length === 0;
		const range: Range = {blocks, taken: 0, bytesLeft: bytes, askedMs: nowMs, isFirst, lateMs, dueMs};
		asked.ranges.push(range);
		for (const {key} of blocks) this.#ports.times.asked(key, nowMs);
		const {client, leave} = asked.peer;
		client
			.fetchRange({from: first.point, to: last.point}, block => this.#take(asked, range, block), {
				signal: asked.signal,
			})
			.then(outcome => this.#end(asked, range, outcome))
			.catch((error: unknown) => {
				// When the connection has ended, that was its reason; when it is followed no longer, nobody minds.
				if (asked.signal.aborted && (error instanceof NodeError || error === asked.signal.reason)) return;
				if (!(error instanceof NodeError)) throw error;
				leave(error);
			})
			.finally(() => {
				asked.ranges.splice(asked.ranges.indexOf(range), 1);
				this.notify();
			});
	}

	#take(asked: Asked, range: Range, wrapped: Uint8Array): void {
		const expected = range.blocks[range.taken];
		if (expected === undefined) throw wrongBatch('more');
		const unwrapped = unwrapBlock(wrapped);
		if (!unwrapped.ok) throw refused(unwrapped.error);
		const {era, bytes} = unwrapped.value;
		if (era !== DCLOUD_BLOCK_ERA) throw refused({code: 'BLOCK_ERA_UNKNOWN'});
		const {chain, clock, times} = this.#ports;
		if (range.taken === 0 && range.isFirst)
			asked.speed = answeredAfter(asked.speed, clock.now() - range.askedMs);
		range.taken++;
		range.bytesLeft -= expected.bytes;
		const header = chain.find(expected.point.hash)?.header;
		// Nobody needs it any longer: its chain was given up meanwhile.
		if (header === undefined) return;
		const block = judgeBodyOf(chain.network, header, bytes);
		if (!block.ok) throw refused(block.error);
		// Somebody else was quicker.
		if (this.#judging.has(expected.key)) return;
		times.came(expected.key, clock.now());
		this.#judging.add(expected.key);
		this.#arrivals.push(block.value);
		this.#judgingBytes += bytes.length;
		this.#arrived.set();
	}

	#end(asked: Asked, range: Range, outcome: FetchOutcome): void {
		const nowMs = this.#ports.clock.now();
		if (outcome === 'noBlocks') {
			const [first] = range.blocks;
			if (first !== undefined) asked.peer.chain.without ??= {key: first.key, sinceMs: nowMs};
			return;
		}
		if (range.taken < range.blocks.length) throw wrongBatch('fewer');
		const bytes = range.blocks.reduce((sum, block) => sum + block.bytes, 0);
		asked.speed = measured(asked.speed, {bytes, busyMs: nowMs - Math.max(range.askedMs, asked.doneMs)});
		asked.doneMs = nowMs;
	}

	async #judgeAlways(signal: AbortSignal): Promise<void> {
		for (;;) {
			await this.#arrived.wait(this.#ports.clock, undefined, {signal});
			while (this.#arrivals.length > 0) {
				const blocks = this.#arrivals.splice(0, JUDGE_MAX);
				await this.#ports.chain.considerBodies(blocks);
				signal.throwIfAborted();
				for (const {bytes, header} of blocks) {
					this.#judgingBytes -= bytes.length;
					this.#judging.delete(toHex(header.hash));
				}
				this.notify();
			}
		}
	}
}
