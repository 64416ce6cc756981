/** A node's part in libp2p: finds and is found, passes announcements on, relays for others if it is told to. */
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {fromHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Gossip} from '#transport/libp2p/gossip';
import type {Hold} from '#transport/libp2p/host';
import {readBoundedFile, writeFileAtomically} from './adapters/private-file.ts';
import type {NodeInner} from './compose.ts';
import type {Stoppable} from './lifecycle.ts';
import {type Libp2pParts, libp2pNetworkOf, openLibp2p, wantsLibp2p} from './machine-transport.ts';
import {judgeOffer} from './services/overlay/topic-judges.ts';
import {joinOverlay, type OverlayInner} from './topic-overlay.ts';

const KEY_FILE = 'p2p.skey';
/** Where scripts read under which addresses others reach this node. */
const ADDRESS_FILE = 'p2p.json';

/** Tells peers of each announcement that is newly kept, wherever it came from. */
const passOn = ({announcements, log}: OverlayInner, gossip: Gossip, signal: AbortSignal): void => {
	const publish = (bytes: Uint8Array): void => {
		gossip.publish(bytes).catch((error: unknown) => log.debug('announcement was not passed on', {error}));
	};
	announcements.onKept(({bytes}) => publish(bytes), {signal});
	for (const {bytes} of announcements.all()) publish(bytes);
};

/** Writes down the addresses whenever they change; resolves when the first are written. */
const tellAddresses = async (
	{config, log}: OverlayInner,
	{node}: Hold,
	signal: AbortSignal,
): Promise<void> => {
	let told = '';
	let writing = Promise.resolve();
	const tell = (): void => {
		const addresses = node.getMultiaddrs().map(String);
		const text = `${JSON.stringify({peerId: node.peerId.toString(), addresses}, null, '\t')}\n`;
		if (text === told) return;
		told = text;
		log.info('libp2p listens', {addresses});
		writing = writing
			.then(() => writeFileAtomically(path.join(config.dataDir, ADDRESS_FILE), text))
			.catch((error: unknown) => log.warn('libp2p addresses could not be written', {error}));
	};
	node.addEventListener('self:peer:update', tell);
	signal.addEventListener('abort', () => node.removeEventListener('self:peer:update', tell));
	tell();
	await writing;
};

/** Reads what peers have kept, and passes on what comes, until `stop`. */
const shareAnnouncements = async (
	inner: OverlayInner,
	{host, options}: Libp2pParts,
	signal: AbortSignal,
): Promise<Stoppable> => {
	const {announcements} = inner;
	const [{joinGossip}, {catchUp}] = await Promise.all([
		import('#transport/libp2p/gossip'),
		import('#transport/libp2p/catch-up'),
	]);
	const network = libp2pNetworkOf(inner.network.env.genesisHash);
	const gossip = await joinGossip(host, {network, judge: judgeOffer(inner)});
	const reading = await catchUp(
		host,
		{
			since: cursor => announcements.feed.since(cursor),
			take: items => {
				for (const item of items) announcements.offer(item);
			},
		},
		options,
	);
	passOn(inner, gossip, signal);
	return {
		stop: async () => {
			await reading.stop();
			await gossip.leave();
		},
	};
};

/** Takes part until it is stopped. `seed`: that of the host's key. Throws TRANSPORT_LISTEN_FAILED. */
export const joinLibp2p = async (
	inner: OverlayInner,
	{host, options}: Libp2pParts,
	seed: Uint8Array,
): Promise<{readonly stop: () => Promise<void>}> => {
	const {config} = inner;
	const hold = await host.hold();
	const stopping = new AbortController();
	const {signal} = stopping;
	const shared = config.p2pAnnouncements
		? await shareAnnouncements(inner, {host, options}, signal)
		: undefined;
	const overlay = config.overlay ? await joinOverlay(inner, {host, options}, seed) : undefined;
	await tellAddresses(inner, hold, signal);
	return {
		stop: async () => {
			stopping.abort();
			await overlay?.stop();
			await shared?.stop();
			await hold.release();
			// Nothing of it outlives the node, whoever still holds it.
			await host.close();
		},
	};
};

/** The key of a node that is no provider: its peer id stays the same across restarts. */
const ownSeed = async (dataDir: string): Promise<Uint8Array> => {
	const file = path.join(dataDir, KEY_FILE);
	try {
		return fromHex((await readBoundedFile(file, {bytesMax: 128, ownerOnly: true})).trim());
	} catch (error) {
		if (!(error instanceof NodeError) || error.code !== 'FILE_NOT_FOUND') throw error;
	}
	const seed = new Uint8Array(randomBytes(32));
	await writeFileAtomically(file, `${toHex(seed)}\n`, {exclusive: true});
	return seed;
};

/** For `startNode`: libp2p in a node that holds no pieces, where its options ask for it. */
export const libp2pNode = async (inner: NodeInner): Promise<Stoppable> => {
	const {config, network} = inner;
	if (!wantsLibp2p(config)) return {stop: () => undefined};
	const seed = await ownSeed(config.dataDir);
	const {genesisHash} = network.env;
	return await joinLibp2p(inner, await openLibp2p(seed, config, {genesisHash, listensOnTcp: true}), seed);
};
