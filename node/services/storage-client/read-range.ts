/**
 * Part of a segment, from the parts of its data pieces that hold it. Nothing smaller than a piece can be checked against
 * a piece's root; the seal of each chunk tells instead whether it is what was stored, and when it does not, the whole segment
 * is fetched and shows who brought something else.
 */
import {defined} from '#kernel/assert';
import {concat} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {recoverPieces} from '#pieces/erasure/erasure-code';
import type {ManifestSegment} from '#pieces/manifest/manifest';
import {maskKeyOf, maskPiece} from '#pieces/segment/piece-mask';
import {openRange} from '#pieces/segment/seal-segment';
import {type ByteRange, type PieceRange, rangeOfPieces} from '#pieces/segment/segment-layout';
import {downloadSegment, type FileDownload} from './download-segments.ts';
import type {FileContext} from './put-file.ts';
import {type Attempt, race} from './race.ts';
import type {PieceSource} from './segments.ts';

type Column = {readonly index: number; readonly bytes: Uint8Array};

type ColumnRange = ByteRange & {readonly maskKey: Uint8Array};

/** Part of one piece, without its mask, unless somebody else has brought it first. */
const fetchColumn = async (
	{ports}: FileContext,
	{index, agreementId, pieceId, peer}: PieceSource,
	{from, until, maskKey}: ColumnRange,
	{got, stop}: {readonly got: Set<number>; readonly stop: AbortSignal},
): Promise<Column> => {
	const again = (): NodeError => new NodeError({code: 'PIECE_BROUGHT_ALREADY', index});
	if (got.has(index)) throw again();
	const name = {agreementId, pieceId, offset: from, length: until - from};
	const bytes = await peer.get(name, {signal: stop});
	if (bytes.length !== until - from) throw new NodeError({code: 'PROVIDER_PIECE_WRONG', index});
	if (got.has(index)) throw again();
	got.add(index);
	return {index, bytes: maskPiece(ports.segments.cipher, maskKey, index, bytes, from)};
};

/** The same part of any `wanted` different pieces, without their masks. */
const fetchColumns = async (
	context: FileContext,
	{
		sources,
		wanted,
		...range
	}: ColumnRange & {
		readonly sources: readonly PieceSource[];
		readonly wanted: number;
	},
	{signal, locations, onFailure, onBytes}: FileDownload,
): Promise<readonly Column[]> => {
	const got = new Set<number>();
	const attempts = sources.map(
		(source): Attempt<Column> => ({
			run: async stop => {
				try {
					const column = await fetchColumn(context, source, range, {got, stop});
					onBytes(column.bytes.length);
					return column;
				} catch (error) {
					if (error instanceof NodeError && !stop.aborted && !got.has(source.index)) {
						locations.failed(source);
						onFailure();
					}
					throw error;
				}
			},
		}),
	);
	const {hedging, ports} = context;
	const {values} = await race(attempts, {wanted, ...hedging, clock: ports.clock, signal});
	return values;
};

/** Part of a data piece: from whoever has it, or made from the same part of k others. */
const fetchPart = async (
	context: FileContext,
	{pieces}: ManifestSegment,
	{pieceIndex, from, until}: PieceRange,
	{maskKey, download}: {readonly maskKey: Uint8Array; readonly download: FileDownload},
): Promise<Uint8Array> => {
	const {k} = download.code;
	const sources = download.locations.sources(pieces);
	const own = sources.filter(({index}) => index === pieceIndex);
	const [direct] = await fetchColumns(context, {sources: own, from, until, wanted: 1, maskKey}, download);
	if (direct !== undefined) return direct.bytes;
	const others = sources.filter(({index}) => index !== pieceIndex);
	const columns = await fetchColumns(context, {sources: others, from, until, wanted: k, maskKey}, download);
	if (columns.length < k)
		throw new NodeError({
			code: 'DOWNLOAD_TOO_FEW_PIECES',
			message: `Only ${columns.length} pieces of a segment could be fetched where ${k} are needed.`,
			fetched: columns.length,
			needed: k,
		});
	const [made] = recoverPieces(context.ports.segments.erasure, k, columns, [pieceIndex]);
	return defined(made, 'one piece was asked for');
};

/** Bytes of a segment's plaintext. `range` is not empty and within it. */
export const readRange = async (
	context: FileContext,
	segment: ManifestSegment,
	range: ByteRange,
	download: FileDownload,
): Promise<Uint8Array> => {
	const {aead} = context.ports.segments;
	const {plaintextLength} = segment;
	const segmentKey = download.segmentKey(segment);
	const read = rangeOfPieces({k: download.code.k, plaintextLength}, range);
	const maskKey = maskKeyOf(segmentKey);
	const parts = await Promise.all(
		read.pieces.map(part => fetchPart(context, segment, part, {maskKey, download})),
	);
	const sealed = concat(...parts).subarray(read.leadBytes);
	const opened = openRange(aead, {segmentKey, plaintextLength}, {read, range, sealed});
	if (opened.ok) return opened.value;
	download.onFailure();
	const whole = await downloadSegment(context, segment, download);
	return whole.subarray(range.from, range.until);
};
