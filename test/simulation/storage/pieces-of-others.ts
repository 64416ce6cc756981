/** What providers that play together can do with the pieces of the others. */
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {type IndexedPiece, recoverPieces} from '#pieces/erasure/erasure-code';
import type {RepairSegment} from '#pieces/manifest/repair-ticket';
import {maskPiece} from '#pieces/segment/piece-mask';
import {segmentPorts} from '../../node/services/support/client-kit.ts';
import type {FileWorld} from './file-world.ts';

/** The segment of a piece, and the place of the piece in it. */
const segmentOf = (
	{ticket}: FileWorld,
	pieceId: Hash32,
): {segment: RepairSegment; index: number} | undefined => {
	for (const segment of ticket.segments)
		for (const piece of segment.pieces)
			if (equalBytes(piece.pieceId, pieceId)) return {segment, index: piece.index};
	return undefined;
};

/** As they lie on the disks of the other providers, who all help. */
const otherPieces = async (
	{ticket, providers}: FileWorld,
	{pieces}: RepairSegment,
	exceptIndex: number,
): Promise<readonly IndexedPiece[]> => {
	const found: IndexedPiece[] = [];
	for (const {index, pieceId, holder} of pieces) {
		const held = ticket.holders[holder];
		const provider = held && providers.find(({id}) => equalBytes(id, held.providerId));
		if (held === undefined || provider === undefined || index === exceptIndex) continue;
		const reader = await provider.store.open(held.agreementId, pieceId);
		if (reader !== undefined) found.push({index, bytes: await reader.read(0, reader.length)});
	}
	return found.slice(0, ticket.code.k);
};

/**
 * Works a piece out from k others, as the erasure code allows. Whoever has the segment's mask key takes the masks off
 * before and puts the right one on after; without it the bytes are mixed as they are.
 */
export const workedOut = async (
	scene: FileWorld,
	pieceId: Hash32,
	maskKeyOf: (segment: RepairSegment) => Uint8Array | undefined,
): Promise<Uint8Array | undefined> => {
	const found = segmentOf(scene, pieceId);
	if (found === undefined) return undefined;
	const {segment, index} = found;
	const {code} = scene.ticket;
	const others = await otherPieces(scene, segment, index);
	if (others.length < code.k) return undefined;
	const key = maskKeyOf(segment);
	const {cipher, erasure} = segmentPorts;
	const clear = others.map(piece => ({
		index: piece.index,
		bytes: key === undefined ? piece.bytes : maskPiece(cipher, key, piece.index, piece.bytes),
	}));
	const [bytes] = recoverPieces(erasure, code.k, clear, [index]);
	return bytes && (key === undefined ? bytes : maskPiece(cipher, key, index, bytes));
};

/** Of pieces of the same segment, one that this store has. */
export const twinOf = async (
	scene: FileWorld,
	pieceId: Hash32,
	isTwin: (providerIdHex: string) => boolean,
): Promise<Uint8Array | undefined> => {
	const found = segmentOf(scene, pieceId);
	for (const piece of found?.segment.pieces ?? []) {
		const held = scene.ticket.holders[piece.holder];
		if (held === undefined || !isTwin(toHex(held.providerId))) continue;
		const provider = scene.providers.find(({id}) => equalBytes(id, held.providerId));
		const reader = await provider?.store.open(held.agreementId, piece.pieceId);
		if (reader !== undefined) return await reader.read(0, reader.length);
	}
	return undefined;
};
