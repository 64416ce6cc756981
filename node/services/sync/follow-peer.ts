/** Follows the chain of one peer: its headers are judged here, its bodies are fetched beside. */

import {CLOCK_SKEW_MS_MAX} from '#consensus/chain/placement';
import type {Header} from '#consensus/header/header';
import {slotStartMs} from '#consensus/time';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Point} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {PeerClient} from '#relay/connection';
import {DCLOUD_HEADER_ERA} from '#relay/protocols/block';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {ChainReader} from '../chain/chain-reader.ts';
import type {ChainService} from '../chain/chain-service.ts';
import type {BlockFetcher, PeerCandidate} from './block-fetcher.ts';

export type FollowPorts = {
	readonly chain: ChainService;
	readonly reader: ChainReader;
	readonly fetcher: BlockFetcher;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

/** Headers taken ahead of the bodies. */
const HEADERS_AHEAD_MAX = 2_000;
const POINTS_MAX = 30;

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

const refused = (failure: {readonly code: string}): NodeError =>
	new NodeError({
		code: 'SYNC_HEADER_REFUSED',
		failure,
		message: 'The peer sent a header that breaks the rules.',
	});

const decode = ({chain}: FollowPorts, update: Extract<ChainUpdate, {kind: 'rollForward'}>): Header => {
	if (update.header.era !== DCLOUD_HEADER_ERA) throw refused({code: 'HEADER_ERA_UNSUPPORTED'});
	const header = chain.decodeHeader(update.header.bytes);
	if (!header.ok) throw refused(header.error);
	return header.value;
};

/** A peer that is behind us tells of blocks that we have and that cannot be rolled back. */
const isOurOwn = async ({chain, reader}: FollowPorts, header: Header): Promise<boolean> => {
	const {immutableTip} = chain;
	if (immutableTip === 'origin' || header.blockNo > immutableTip.blockNo) return false;
	const place = await reader.place(header.blockNo);
	return place !== undefined && equalBytes(place.hash, header.hash);
};

/** A header whose slot is about to begin waits for it; one that is further ahead is refused by the chain. */
const waitForSlot = async (
	{chain, clock}: FollowPorts,
	{slot}: Header,
	signal: AbortSignal,
): Promise<void> => {
	const startMs = slotStartMs(chain.network.slots, slot);
	if (startMs - clock.now() <= CLOCK_SKEW_MS_MAX) await clock.waitUntil(startMs, {signal});
};

const isTooFarAhead = ({tip}: ChainService, {blockNo}: Header): boolean =>
	blockNo > (tip === 'origin' ? -1 : tip.blockNo) + HEADERS_AHEAD_MAX;

const takeHeader = async (ports: FollowPorts, header: Header, signal: AbortSignal): Promise<void> => {
	const {chain, log, metrics} = ports;
	await waitForSlot(ports, header, signal);
	while (isTooFarAhead(chain, header)) await chain.nextChange({signal});
	for (;;) {
		const considered = chain.considerHeader(header);
		if (considered.ok) return;
		// The snapshot for its epoch, or room for it, comes when our own chain moves on.
		const isEarly =
			considered.error.code === 'LEDGER_VIEW_UNAVAILABLE' ||
			considered.error.code === 'CHAIN_TOO_MANY_HEADERS';
		if (!isEarly) {
			metrics.increment('dcloud_headers_invalid_total');
			log.debug('header of a peer refused', {slot: header.slot, failure: considered.error});
			throw refused(considered.error);
		}
		await chain.nextChange({signal});
	}
};

const takeUpdate = async (
	ports: FollowPorts,
	candidate: PeerCandidate,
	update: ChainUpdate,
	signal: AbortSignal,
): Promise<void> => {
	if (update.kind === 'rollBackward') {
		candidate.tip = update.point === 'origin' ? undefined : update.point.hash;
		return;
	}
	const header = decode(ports, update);
	if (await isOurOwn(ports, header)) return;
	await takeHeader(ports, header, signal);
	candidate.tip = header.hash;
	ports.fetcher.notify();
};

/** Rejects when the connection ends, and with SYNC_HEADER_REFUSED or SYNC_BLOCK_REFUSED when the peer is to blame. */
export const followPeer = async (
	ports: FollowPorts,
	client: PeerClient,
	{signal}: {readonly signal: AbortSignal},
): Promise<void> => {
	const candidate: PeerCandidate = {tip: undefined, without: undefined};
	const ended = new AbortController();
	const either = AbortSignal.any([signal, ended.signal]);
	const follow = async (): Promise<void> => {
		const found = await client.chainSync.findIntersect(await pointsOf(ports), {signal: either});
		if (found.kind === 'notFound')
			throw new NodeError({code: 'SYNC_NO_INTERSECTION', message: 'The peer follows another chain.'});
		while (!either.aborted) {
			const update = await client.chainSync.next({signal: either});
			await takeUpdate(ports, candidate, update, either);
		}
	};
	try {
		await Promise.all([follow(), ports.fetcher.run(client.blockFetch, candidate, either)]);
	} finally {
		ended.abort();
	}
};
