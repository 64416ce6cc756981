/** A node's part in the topic overlay, on the streams of its libp2p. */
import {slotAt} from '#consensus/time';
import {Slot} from '#kernel/slot';
import type {OverlayStreams} from '#transport/libp2p/overlay-streams';
import type {NodeInner} from './compose.ts';
import {type Libp2pParts, libp2pNetworkOf} from './machine-transport.ts';
import {OverlayService} from './services/overlay/overlay-service.ts';
import {publishOwn, publishOwnAgain} from './services/overlay/publish-own.ts';
import {topicJudges} from './services/overlay/topic-judges.ts';

export type OverlayInner = Pick<
	NodeInner,
	'config' | 'network' | 'crypto' | 'clock' | 'entropy' | 'metrics' | 'log' | 'mempool' | 'announcements'
>;

/** Profiles hold so long without news from their peer. */
const LIFE_MS = 3_600_000;
/** Ticks after which what is ours and still wanted is told of again: ten rounds. */
const AGAIN_TICKS = 30;

/** Takes part until it is stopped. `seed`: that of libp2p's key. */
export const joinOverlay = async (
	inner: OverlayInner,
	{host, options}: Libp2pParts,
	seed: Uint8Array,
): Promise<{readonly stop: () => Promise<void>}> => {
	const {config, network, clock, mempool, announcements} = inner;
	const {env, slots} = network;
	const log = inner.log.child('overlay');
	const {openOverlayStreams} = await import('#transport/libp2p/overlay-streams');
	const stopping = new AbortController();
	const {signal} = stopping;
	let streams: OverlayStreams | undefined;
	const service = new OverlayService(
		{
			...inner,
			log,
			genesisHash: env.genesisHash,
			currentSlot: () => slotAt(slots, clock.now()) ?? Slot(0),
			wire: {
				ask: (contact, request) => (streams as OverlayStreams).ask(contact, request),
				routes: () => streams?.routes() ?? [],
				speakers: () => streams?.speakers() ?? [],
			},
		},
		{
			seed,
			judges: topicJudges({env, mempool, announcements}),
			fanout: config.overlayFanout,
			tickMs: config.overlayTick,
			lifeSlots: Math.ceil(LIFE_MS / env.genesis.slotMs),
		},
	);
	streams = await openOverlayStreams(
		host,
		{answer: (peer, request) => service.answer(peer, request), met: key => service.met(key)},
		{network: libp2pNetworkOf(env.genesisHash), options},
	);
	const said =
		(publish: typeof service.publish): Parameters<typeof publishOwn>[1] =>
		(topic, payload) => {
			publish.call(service, topic, payload).then(
				taken => log.debug('put on the overlay', {topic, taken}),
				(error: unknown) => log.error('a message could not be put on the overlay', {topic, error}),
			);
		};
	publishOwn(inner, said(service.publish), {signal});
	const key = inner.crypto.ed25519VerificationKey(seed);
	const repeat = async (): Promise<void> => {
		while (!signal.aborted) {
			publishOwnAgain(inner, key, said(service.publishAgain));
			const next = clock.now() + AGAIN_TICKS * config.overlayTick;
			await clock.waitUntil(next, {signal}).catch(() => undefined);
		}
	};
	const running = Promise.all([service.run({signal}), repeat()]).catch((error: unknown) =>
		log.error('a part of the node failed', {part: 'overlay', error}),
	);
	return {
		stop: async () => {
			stopping.abort();
			await streams?.stop();
			await running;
		},
	};
};
