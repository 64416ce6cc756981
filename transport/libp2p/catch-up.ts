/** All announcements that a peer knows, a page at a time: gossip tells only what is new. */
import {bytesBetween, type Codec, decode, encode, list, record, u64} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {ANNOUNCEMENT_BYTES_MAX} from '#transport/protocols/announcement';
import {bodyOf, type RequestHandler, type Session} from '../transport.ts';
import {openStream, serveStreams} from './framed-streams.ts';
import type {Libp2pHost} from './host.ts';
import type {Libp2pTransportOptions} from './host-options.ts';

const PROTOCOL = '/dcloud/announcements/1';
export const PAGE_ITEMS_MAX = 64;
/** As many as any node keeps. */
const PAGES_MAX = 160;
const PAGE_BYTES_MAX = PAGE_ITEMS_MAX * (ANNOUNCEMENT_BYTES_MAX + 4) + 4;
const ANSWER_MS = 10_000;

/** Where a reader is: 0 at the start, then as the last page said. */
type Place = {readonly cursor: bigint};
const placeCodec: Codec<Place> = record({cursor: u64});
const itemsCodec: Codec<readonly Uint8Array[]> = list(
	bytesBetween(1, ANNOUNCEMENT_BYTES_MAX),
	PAGE_ITEMS_MAX,
);

export type AnnouncementPages = {
	/** Up to 64 items behind `cursor`, and where the next ones begin; undefined when there are none. */
	since(cursor: bigint): {readonly cursor: bigint; readonly items: readonly Uint8Array[]} | undefined;
	/** Takes what a peer knows, good or bad. */
	take(items: readonly Uint8Array[]): void;
};

const answerFrom =
	(pages: AnnouncementPages): RequestHandler =>
	async ({head}) => {
		const asked = decode(placeCodec, head);
		if (!asked.ok) throw new NodeError({code: asked.error.code});
		const page = pages.since(asked.value.cursor);
		if (page === undefined) return {head: encode(placeCodec, asked.value)};
		return {
			head: encode(placeCodec, {cursor: page.cursor}),
			body: bodyOf(encode(itemsCodec, page.items)),
		};
	};

const readPages = async (session: Session, pages: AnnouncementPages, signal: AbortSignal): Promise<void> => {
	let cursor = 0n;
	for (let page = 0; page < PAGES_MAX; page++) {
		const {head, body} = await session.request(
			{head: encode(placeCodec, {cursor})},
			{bodyBytesMax: PAGE_BYTES_MAX, signal},
		);
		const place = decode(placeCodec, head);
		if (body.length === 0 || !place.ok || place.value.cursor <= cursor) return;
		const items = decode(itemsCodec, body);
		if (!items.ok) return;
		pages.take(items.value);
		cursor = place.value.cursor;
	}
};

/** Answers peers that ask, and asks each peer that answers once it is connected; until `stop`. */
export const catchUp = async (
	host: Libp2pHost,
	pages: AnnouncementPages,
	options: Libp2pTransportOptions,
): Promise<{stop(): Promise<void>}> => {
	const {node, release} = await host.hold();
	const stopping = new AbortController();
	const {signal} = stopping;
	const server = await serveStreams(node, PROTOCOL, {handler: answerFrom(pages), options});
	const asking = new Set<Promise<void>>();
	const topology = await node.register(PROTOCOL, {
		onConnect: (_peer, connection) => {
			const ask = async (): Promise<void> => {
				const session = await openStream(connection, PROTOCOL, {options, signal, ended: () => undefined});
				const callOff = options.after(ANSWER_MS, () => session.close());
				try {
					await readPages(session, pages, signal);
				} finally {
					callOff();
					session.close();
				}
			};
			// A peer that does not answer is no loss: others know the same.
			const asked = ask()
				.catch(() => undefined)
				.finally(() => asking.delete(asked));
			asking.add(asked);
		},
	});
	return {
		stop: async () => {
			stopping.abort(new NodeError({code: 'TRANSPORT_CLOSED'}));
			node.unregister(topology);
			await Promise.all(asking);
			await server.close();
			await release();
		},
	};
};
