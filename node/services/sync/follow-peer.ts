/** Follows the chain of one peer: its headers are judged here, batch by batch; its bodies are fetched beside. */
import type {Header} from '#consensus/header/header';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Point} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {OVER, onAbort} from '#relay/abort';
import type {ChainSyncClient} from '#relay/drivers/chain-sync-client';
import {DCLOUD_HEADER_ERA} from '#relay/protocols/block';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {ChainReader} from '../chain/chain-reader.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {beforeTime} from '../latch.ts';
import type {BlockFetcher} from './block-fetcher.ts';
import type {BlockTimes} from './block-times.ts';
import {afterHeader, afterWaiting, type Conduct, conductAtFirst, isFlooding} from './conduct.ts';
import type {HeaderBook} from './header-book.ts';
import {PeerChain} from './peer-chain.ts';

export type FollowPorts = {
	readonly chain: ChainService;
	readonly reader: ChainReader;
	readonly fetcher: BlockFetcher;
	readonly headers: HeaderBook;
	readonly times: BlockTimes;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

/** Headers taken ahead of our tip. */
const HEADERS_AHEAD_MAX = 2_000;
/** Headers judged in one go. */
const BATCH_MAX = 128;
const POINTS_MAX = 30;
/** How often a peer that is far behind us is asked how far it has come. */
const BEHIND_MS = 1_000;
/** Room for headers may come without a change of our chain: looked for this often. */
const ROOM_MS = 500;

/** Places of our chain, newest first: every one of the last few, then ever fewer, origin last. */
const pointsOf = async ({chain, reader}: FollowPorts): Promise<readonly Point[]> => {
	const points: Point[] = [];
	const {tip} = chain;
	let step = 1;
	for (let at = tip === 'origin' ? -1 : tip.blockNo; at >= 0 && points.length < POINTS_MAX; at -= step) {
		const place = await reader.place(BlockNo(at));
		if (place !== undefined) points.push({slot: place.slot, hash: place.hash});
		if (points.length > 4) step *= 2;
	}
	return [...points, 'origin'];
};

/**
 * Two refusals say nothing of who is wrong, the peer or we. A chain that left ours too long ago is never followed; when both
 * have grown by more than k blocks since, neither side can go over, and people have to choose.
 */
const refused = (failure: {readonly code: string}): NodeError => {
	switch (failure.code) {
		case 'CHAIN_FORK_TOO_DEEP':
			return new NodeError({
				code: 'SYNC_FORK_TOO_DEEP',
				failure,
				message:
					'The peer is on a chain that left ours more than k blocks ago: compare the tips of both with others.',
			});
		case 'HEADER_FROM_FUTURE':
			return new NodeError({
				code: 'SYNC_HEADER_FROM_FUTURE',
				failure,
				message: 'The clock of the peer is ahead of ours: one of the two is wrong.',
			});
		default:
			return new NodeError({
				code: 'SYNC_HEADER_REFUSED',
				failure,
				message: 'The peer sent a header that breaks the rules.',
			});
	}
};

/** What comes in time, when our own chain moves on. */
const isEarly = ({code}: {readonly code: string}): boolean =>
	code === 'LEDGER_VIEW_UNAVAILABLE' || code === 'CHAIN_TOO_MANY_HEADERS';

/** One peer whose chain is followed. */
export class PeerFollower {
	readonly #ports: FollowPorts;
	readonly #client: ChainSyncClient;
	readonly #signal: AbortSignal;
	readonly chain: PeerChain;
	#conduct: Conduct;

	constructor(ports: FollowPorts, client: ChainSyncClient, {signal}: {readonly signal: AbortSignal}) {
		this.#ports = ports;
		this.#client = client;
		this.#signal = signal;
		this.chain = new PeerChain(ports.headers);
		this.#conduct = conductAtFirst(ports.clock.now(), this.#forkMax);
	}

	/** The number of the last block of the chain that the peer claims to have; -1: none. */
	get claimedBlockNo(): number {
		const {tip} = this.#client;
		return tip === undefined || tip === 'origin' ? -1 : tip.blockNo;
	}

	/** It has said anything of its chain. */
	get hasTip(): boolean {
		return this.#client.tip !== undefined;
	}

	/** The number of the last block whose header the peer has shown, if that chain is better than ours; else -1. */
	get shownBlockNo(): number {
		const tip = this.chain.tip?.header;
		return tip !== undefined && this.#ports.chain.isBetter(tip.hash) ? tip.blockNo : -1;
	}

	/**
	 * Rejects when the connection ends, and when the peer is to blame: SYNC_NO_INTERSECTION, SYNC_HEADER_REFUSED,
	 * SYNC_HEADERS_WITHHELD, SYNC_HEADER_FLOOD.
	 */
	async run(): Promise<never> {
		const signal = this.#signal;
		try {
			const found = await this.#client.findIntersect(await pointsOf(this.#ports), {signal});
			if (found.kind === 'notFound')
				throw new NodeError({
					code: 'SYNC_NO_INTERSECTION',
					message: 'The peer follows another chain.',
				});
			for (;;) {
				await this.#take(await this.#nextBatch());
				await this.#spareWhoIsBehind();
			}
		} finally {
			this.chain.close();
		}
	}

	get #forkMax(): number {
		return this.#ports.chain.network.params.k;
	}

	get #ownBlockNo(): number {
		const {tip} = this.#ports.chain;
		return tip === 'origin' ? -1 : tip.blockNo;
	}

	/** A peer that is more than k blocks behind cannot have anything better: it need not hurry, and we neither. */
	async #spareWhoIsBehind(): Promise<void> {
		const {clock} = this.#ports;
		if (this.claimedBlockNo + this.#forkMax < this.#ownBlockNo)
			await clock.waitUntil(clock.now() + BEHIND_MS, {signal: this.#signal});
	}

	/** Waits as long as it takes, but when the peer claims a better chain than it has shown, no longer than our patience. */
	async #nextBatch(): Promise<readonly ChainUpdate[]> {
		const {clock} = this.#ports;
		const signal = this.#signal;
		const next = this.#client.nextBatch(BATCH_MAX, {signal});
		const claimed = this.claimedBlockNo;
		if (claimed <= this.#conduct.shownBlockNo || claimed <= this.#ownBlockNo) return next;
		const startMs = clock.now();
		const batch = await beforeTime(next, clock, startMs + this.#conduct.patienceMs);
		if (batch === undefined)
			throw new NodeError({
				code: 'SYNC_HEADERS_WITHHELD',
				message: 'The peer claims a longer chain than it shows.',
			});
		this.#conduct = afterWaiting(this.#conduct, clock.now() - startMs);
		return batch.value;
	}

	/** Headers in a row are judged together; the good ones before a bad one count. */
	async #take(updates: readonly ChainUpdate[]): Promise<void> {
		let headers: Header[] = [];
		for (const update of updates) {
			if (update.kind === 'rollForward') {
				const header = this.#decode(update);
				if (header.ok) headers.push(header.value);
				else {
					await this.#takeHeaders(headers);
					throw this.#refused(header.error);
				}
			} else {
				await this.#takeHeaders(headers);
				headers = [];
				const {point} = update;
				this.chain.backTo(point, point === 'origin' ? undefined : this.#ports.chain.find(point.hash));
				this.#ports.fetcher.notify();
			}
		}
		await this.#takeHeaders(headers);
	}

	#decode({
		header: {era, bytes},
	}: Extract<ChainUpdate, {kind: 'rollForward'}>): ReturnType<ChainService['decodeHeader']> {
		if (era !== DCLOUD_HEADER_ERA) throw this.#refused({code: 'HEADER_ERA_UNSUPPORTED'});
		return this.#ports.chain.decodeHeader(bytes);
	}

	#refused(failure: {readonly code: string}): NodeError {
		this.#ports.metrics.increment('dcloud_headers_invalid_total');
		this.#ports.log.debug('header of a peer refused', {failure});
		return refused(failure);
	}

	async #takeHeaders(headers: readonly Header[]): Promise<void> {
		const {chain, clock, fetcher, times} = this.#ports;
		const heardMs = clock.now();
		let rest = await this.#withoutOurOwn(headers);
		while (rest.length > 0) {
			const batch = rest.slice(0, this.#roomFor(rest));
			if (batch.length === 0) {
				await this.#changeOfOurs();
				continue;
			}
			const {taken, entries, refusal} = await chain.considerHeaders(batch, {
				signal: this.#signal,
				kept: all => this.chain.forward(all),
			});
			fetcher.notify();
			for (const {header} of entries) {
				times.heard(header, heardMs);
				this.#note(header, clock.now());
			}
			if (refusal !== undefined && !isEarly(refusal)) throw this.#refused(refusal);
			rest = rest.slice(taken);
			if (refusal !== undefined) await this.#changeOfOurs();
		}
	}

	/** A peer that is behind us tells of blocks that we have and that cannot be rolled back. */
	async #withoutOurOwn(headers: readonly Header[]): Promise<readonly Header[]> {
		const {chain, reader, clock} = this.#ports;
		let own = 0;
		for (const {blockNo, hash, ...header} of headers) {
			const {immutableTip} = chain;
			if (immutableTip === 'origin' || blockNo > immutableTip.blockNo) break;
			const place = await reader.place(blockNo);
			if (place === undefined || !equalBytes(place.hash, hash)) break;
			this.#note({blockNo, hash, ...header}, clock.now());
			own++;
		}
		return headers.slice(own);
	}

	#note(header: Header, nowMs: number): void {
		this.#conduct = afterHeader(this.#conduct, header.blockNo, {nowMs, forkMax: this.#forkMax});
		if (isFlooding(this.#conduct))
			throw new NodeError({
				code: 'SYNC_HEADER_FLOOD',
				message: 'The peer sends one fork after another.',
			});
	}

	/** How many of them may be taken now; those that we know take no room. */
	#roomFor(headers: readonly Header[]): number {
		const {chain, headers: book} = this.#ports;
		let room = book.roomFor(this.chain);
		const highest = this.#ownBlockNo + HEADERS_AHEAD_MAX;
		let count = 0;
		for (const {blockNo, hash} of headers) {
			if (blockNo > highest) break;
			if (chain.find(hash) === undefined && room-- <= 0) break;
			count++;
		}
		return count;
	}

	/** Resolves when our chain has moved on, and now and then, because others may have made room. */
	async #changeOfOurs(): Promise<void> {
		const {chain, clock} = this.#ports;
		const waiting = new AbortController();
		const stop = onAbort(this.#signal, () => waiting.abort(this.#signal.reason));
		try {
			this.#signal.throwIfAborted();
			await beforeTime(chain.nextChange(waiting), clock, clock.now() + ROOM_MS);
		} finally {
			stop();
			waiting.abort(OVER);
		}
	}
}
