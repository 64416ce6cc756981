/** Parts of listings from whoever keeps them at hand, checked; from providers when nobody does, or says something else. */
import {equalBytes, toHex, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {FileRange} from '#node/ports/byte-file';
import type {NodePack} from '#pieces/metadata/locator';
import {isPiece} from '#pieces/segment/decode-segment';
import {PART_BYTES_MAX} from './bucket-nodes.ts';
import type {FileContext} from './put-file.ts';
import {getReplicated} from './replicated-piece.ts';
import {getBytes} from './small-files.ts';

type Call = {readonly signal?: AbortSignal};

const cached = async (
	{ports: {metadataCache}}: FileContext,
	key: string,
	{
		isGood,
		bring,
	}: {readonly isGood: (bytes: Uint8Array) => boolean; readonly bring: () => Promise<Uint8Array>},
): Promise<Uint8Array> => {
	const kept = await metadataCache?.load(key);
	if (kept !== undefined && isGood(kept)) return kept;
	const bytes = await bring();
	await metadataCache?.save(key, bytes);
	return bytes;
};

/** Throws PIECE_UNAVAILABLE. */
export const bringLocator = (context: FileContext, pieceId: Hash32, call: Call): Promise<Uint8Array> => {
	const {crypto: hasher, segments} = context.ports;
	return cached(context, toHex(pieceId), {
		isGood: bytes =>
			bytes.length > 0 &&
			bytes.length % 1024 === 0 &&
			isPiece({hasher, trees: segments.trees}, pieceId, bytes),
		bring: () => getReplicated(context, pieceId, call),
	});
};

/** A part of a pack of nodes. Throws DOWNLOAD_TOO_FEW_PIECES and other codes of `getFile`. */
export const bringNodes = (
	context: FileContext,
	{pack: {reference, nodes}, part}: {readonly pack: NodePack; readonly part: FileRange},
	call: Call,
): Promise<Uint8Array> => {
	const {crypto} = context.ports;
	const {from, until} = part;
	const within = nodes.filter(({offset, length}) => offset >= from && offset + length <= until);
	return cached(context, toHex(crypto.blake2b256(reference, u64be(from), u64be(until))), {
		isGood: bytes =>
			within.every(({address, offset, length}) =>
				equalBytes(crypto.blake2b256(bytes.subarray(offset - from, offset - from + length)), address),
			),
		bring: () => getBytes(context, {reference, bytesMax: PART_BYTES_MAX, part}, call),
	});
};
