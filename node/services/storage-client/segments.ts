import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {SegmentPorts} from '#pieces/ports';
import {isPiece} from '#pieces/segment/decode-segment';
import {type Piece, piecesOf, type SealedSegment} from '#pieces/segment/encode-segment';
import {Slots} from '#transport/slots';
import type {ChainClient} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {type Attempt, race} from './race.ts';
import {whileBehind} from './while-behind.ts';

/** Where a piece goes. */
export type UploadTarget = {readonly agreementId: Hash32; readonly peer: ProviderPeer};

export type UploadedPiece<T extends UploadTarget> = {
	readonly index: number;
	readonly pieceId: Hash32;
	readonly length: number;
	readonly target: T;
};

type Transfer = {
	readonly clock: Clock;
	readonly signal?: AbortSignal;
	/** Bytes that have moved since the last call. */
	readonly onBytes?: (bytes: number) => void;
	/** A transfer that takes this long beyond the others gets a rival. */
	readonly hedgeMs: number;
};

/**
 * Sends the pieces of a segment: piece i to `targets[i]`, as many at once as are to be stored; spare pieces are made
 * only when somebody fails or stalls, and the last ones are called off when enough have arrived.
 */
export const uploadSegment = async <T extends UploadTarget>(
	{ports, chain}: {readonly ports: SegmentPorts; readonly chain: ChainClient},
	sealed: SealedSegment,
	targets: readonly T[],
	{clock, hedgeMs, signal, onBytes}: Transfer,
): Promise<readonly UploadedPiece<T>[]> => {
	const {code} = sealed;
	const making = new Slots(1);
	/** One piece at a time, so that those made already are sent while the next one is computed. */
	const make = async (index: number, stop: AbortSignal): Promise<Piece> => {
		await making.take(stop);
		try {
			await new Promise(resolve => setImmediate(resolve));
			stop.throwIfAborted();
			return defined(piecesOf(ports, sealed, [index])[0], 'one piece was asked for');
		} finally {
			making.free();
		}
	};
	function* attempts(): Generator<Attempt<UploadedPiece<T>>> {
		for (const [index, target] of targets.slice(0, code.total).entries())
			yield {
				run: async stop => {
					const {pieceId, bytes} = await make(index, stop);
					const name = {agreementId: target.agreementId, pieceId};
					let sent = 0;
					const options = {
						signal: stop,
						onSent: (total: number) => {
							onBytes?.(total - sent);
							sent = total;
						},
					};
					const put = (): Promise<void> => target.peer.put(name, bytes, options);
					await whileBehind(chain, ['AGREEMENT_UNKNOWN'], put, {signal: stop});
					return {index, pieceId, length: bytes.length, target};
				},
			};
	}
	const {values, failures} = await race(attempts(), {
		wanted: Math.min(code.optimal, targets.length),
		hedgeMs,
		clock,
		...(signal && {signal}),
	});
	if (values.length >= code.repairAt) return [...values].sort((a, b) => a.index - b.index);
	throw new NodeError({
		code: 'UPLOAD_TOO_FEW_PIECES',
		message: `Only ${values.length} pieces of a segment could be stored where ${code.repairAt} are needed.`,
		stored: values.length,
		needed: code.repairAt,
		reasons: failures.map(({code: reason, detail}) => detail['reason'] ?? reason),
	});
};

/** Where a piece may be. */
export type PieceSource = {
	readonly index: number;
	readonly pieceId: Hash32;
	readonly agreementId: Hash32;
	readonly peer: ProviderPeer;
};

/** The piece from one source, checked against its id. */
const fetchPiece = async (
	ports: Pick<SegmentPorts, 'hasher' | 'trees'>,
	{index, pieceId, agreementId, peer}: PieceSource,
	{length, signal, into}: {readonly length: number; readonly signal: AbortSignal; readonly into: Uint8Array},
): Promise<IndexedPiece> => {
	const bytes = await peer.get({agreementId, pieceId, length, into}, {signal});
	if (bytes.length === length && isPiece(ports, pieceId, bytes)) return {index, bytes};
	throw new NodeError({
		code: 'PROVIDER_PIECE_WRONG',
		message: 'A provider sent bytes that are not the piece.',
		index,
	});
};

/** Where pieces are received; whoever is done with them gives them back. */
export type Buffers = {take(length: number): Uint8Array; give(buffer: Uint8Array): void};

const newBuffers: Buffers = {take: length => new Uint8Array(length), give: () => undefined};

/** Buffers that are used again, so that a long download leaves no garbage. At most `kept` wait for their next use. */
export const pooledBuffers = (kept: number): Buffers => {
	const free: Uint8Array[] = [];
	return {
		take: length => {
			const at = free.findIndex(buffer => buffer.length === length);
			return at === -1 ? new Uint8Array(length) : (free.splice(at, 1)[0] as Uint8Array);
		},
		give: buffer => {
			if (free.length < kept) free.push(buffer);
		},
	};
};

export type DownloadRequest = {
	readonly sources: readonly PieceSource[];
	/** Of each piece, in bytes. */
	readonly length: number;
	readonly wanted: number;
};

/**
 * Any `wanted` pieces, from the first sources that bring them; each is checked against its id, and one that is not what
 * it should be counts as not brought. Two sources of one piece are not both counted.
 */
export const downloadPieces = async (
	ports: Pick<SegmentPorts, 'hasher' | 'trees'>,
	{sources, length, wanted}: DownloadRequest,
	{
		clock,
		hedgeMs,
		signal,
		onBytes,
		onFailure,
		buffers = newBuffers,
	}: Transfer & {
		readonly onFailure?: (source: PieceSource, error: NodeError) => void;
		readonly buffers?: Buffers;
	},
): Promise<readonly IndexedPiece[]> => {
	const got = new Set<number>();
	const alreadyGot = (index: number): NodeError => new NodeError({code: 'PIECE_BROUGHT_ALREADY', index});
	const attempts = sources.map(
		(source): Attempt<IndexedPiece> => ({
			run: async stop => {
				if (got.has(source.index)) throw alreadyGot(source.index);
				const into = buffers.take(length);
				try {
					const piece = await fetchPiece(ports, source, {length, signal: stop, into});
					if (got.has(source.index)) throw alreadyGot(source.index);
					got.add(source.index);
					onBytes?.(length);
					return piece;
				} catch (error) {
					// A request that has ended writes no more.
					buffers.give(into);
					const isTheirs = error instanceof NodeError && !stop.aborted && !got.has(source.index);
					if (isTheirs) onFailure?.(source, error);
					throw error;
				}
			},
		}),
	);
	const {values, failures} = await race(attempts, {wanted, hedgeMs, clock, ...(signal && {signal})});
	if (values.length >= wanted) return values;
	for (const {bytes} of values) buffers.give(bytes);
	throw new NodeError({
		code: 'DOWNLOAD_TOO_FEW_PIECES',
		message: `Only ${values.length} pieces of a segment could be fetched where ${wanted} are needed.`,
		fetched: values.length,
		needed: wanted,
		reasons: failures.map(({code, detail}) => detail['reason'] ?? code),
	});
};
