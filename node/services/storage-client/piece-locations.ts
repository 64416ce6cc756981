import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Clock} from '#node/ports/clock';
import type {Holder} from '#pieces/manifest/manifest';
import type {SessionPool} from '#transport/session-pool';
import {type ChainClient, hashField, reachableProviders} from './chain-client.ts';
import {peerOf} from './find-providers.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {PieceSource} from './segments.ts';

/** Where pieces of an agreement may be: with its provider, or with those that took over from it. */
type Location = {readonly agreementId: Hash32; readonly peer: ProviderPeer};

export type PieceLocations = {
	/** Sources of these pieces, best first: providers that have not failed us, data pieces before others. */
	sources(
		pieces: readonly {readonly index: number; readonly pieceId: Hash32; readonly holder: number}[],
	): readonly PieceSource[];
	/** A source did not bring what it should: it is tried last from now on. */
	failed(source: PieceSource): void;
};

type Call = {readonly signal?: AbortSignal};

/**
 * Finds pieces by the chain: a repaired piece is with the successor of its agreement, which the customer need not have
 * heard of. `client` is whose agreements they are.
 */
export const locatePieces = async (
	{chain, pool, clock}: {readonly chain: ChainClient; readonly pool: SessionPool; readonly clock: Clock},
	{client, holders}: {readonly client: Uint8Array; readonly holders: readonly Holder[]},
	call: Call = {},
): Promise<PieceLocations> => {
	const providers = await reachableProviders(chain.control, call);
	const peers = new Map<string, ProviderPeer>();
	for (const provider of providers) {
		const peer = peerOf({pool, clock}, provider);
		if (peer !== undefined) peers.set(toHex(provider.id), peer);
	}
	const views = await chain.control.agreements({client: toHex(client)}, call);
	const successors = new Map<string, Location[]>();
	for (const {id, provider, repairOf} of views) {
		const peer = peers.get(provider);
		if (repairOf === null || peer === undefined) continue;
		const list = successors.get(repairOf) ?? [];
		list.push({agreementId: hashField(id, 'agreement id'), peer});
		successors.set(repairOf, list);
	}
	/** A successor may lose its pieces too: whoever took over from it comes after it. */
	const after = (agreementId: Hash32, depth = 0): readonly Location[] =>
		depth > 8
			? []
			: (successors.get(toHex(agreementId)) ?? []).flatMap(location => [
					location,
					...after(location.agreementId, depth + 1),
				]);
	const locations = holders.map(({agreementId, providerId}): readonly Location[] => {
		const peer = peers.get(toHex(providerId));
		return [...(peer === undefined ? [] : [{agreementId, peer}]), ...after(agreementId)];
	});
	const failures = new Map<string, number>();
	const failuresOf = ({agreementId}: PieceSource): number => failures.get(toHex(agreementId)) ?? 0;
	return {
		sources: pieces => {
			const all = pieces.flatMap(({index, pieceId, holder}) =>
				(locations[holder] ?? []).map((location, turn) => ({index, pieceId, turn, ...location})),
			);
			return all.toSorted((a, b) => failuresOf(a) - failuresOf(b) || a.turn - b.turn || a.index - b.index);
		},
		failed: source => {
			failures.set(toHex(source.agreementId), failuresOf(source) + 1);
		},
	};
};
