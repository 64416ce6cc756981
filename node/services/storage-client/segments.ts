import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {SegmentWorks} from '#node/ports/segment-works';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {SegmentPorts} from '#pieces/ports';
import {isPiece} from '#pieces/segment/decode-segment';
import {type NamedPiece, pieceIn, type SegmentSpace} from '#pieces/segment/segment-in-place';
import type {ChainClient} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {type Attempt, type Hedging, race} from './race.ts';
import {whileBehind} from './while-behind.ts';

/** Where a piece goes. */
export type UploadTarget = {readonly agreementId: Hash32; readonly peer: ProviderPeer};

export type UploadedPiece<T extends UploadTarget> = {
	readonly index: number;
	readonly pieceId: Hash32;
	readonly length: number;
	readonly target: T;
};

type Transfer = Hedging & {
	readonly clock: Clock;
	readonly signal?: AbortSignal;
	/** Bytes that have moved since the last call. */
	readonly onBytes?: (bytes: number) => void;
};

/** A promise and who keeps it. */
type Promised<T> = {readonly promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void};

const promised = <T>(): Promised<T> => {
	let resolve: (value: T) => void = () => undefined;
	let reject: (error: unknown) => void = () => undefined;
	const promise = new Promise<T>((kept, broken) => {
		resolve = kept;
		reject = broken;
	});
	// Nobody may come to ask for it.
	promise.catch(() => undefined);
	return {promise, resolve, reject};
};

type MadePiece = NamedPiece & {readonly bytes: Uint8Array};

type PiecesToBe = {
	/** Those that are stored anyway are made one after the other, spares when asked for. */
	piece(index: number): Promise<MadePiece>;
	/** When the space is left alone. */
	readonly encoded: Promise<void>;
};

const makePieces = (works: SegmentWorks, space: SegmentSpace): PiecesToBe => {
	const {optimal} = space.code;
	const made = Array.from({length: optimal}, () => promised<MadePiece>());
	const encoded = works.encode(space, piece =>
		made[piece.index]?.resolve({...piece, bytes: pieceIn(space, piece.index)}),
	);
	encoded.catch(error => {
		for (const {reject} of made) reject(error);
	});
	const piece = async (index: number): Promise<MadePiece> => {
		const own = made[index];
		if (own !== undefined) return await own.promise;
		await encoded;
		return await works.spare(space, index);
	};
	return {piece, encoded};
};

export type UploadedSegment<T extends UploadTarget> = {
	readonly pieces: readonly UploadedPiece<T>[];
	/** Whether somebody may still be sending out of the segment's space, so that it must not be used again. */
	readonly isSpaceInUse: boolean;
};

/**
 * Sends the pieces of a segment: piece i to `targets[i]`, as many at once as are to be stored; spare pieces are made
 * only when somebody fails or stalls, and the last ones are called off when enough have arrived.
 */
export const uploadSegment = async <T extends UploadTarget>(
	{works, chain}: {readonly works: SegmentWorks; readonly chain: ChainClient},
	space: SegmentSpace,
	targets: readonly T[],
	{signal, onBytes, ...racing}: Transfer,
): Promise<UploadedSegment<T>> => {
	const {code} = space;
	const pieces = makePieces(works, space);
	let sending = 0;
	const send = async (index: number, target: T, stop: AbortSignal): Promise<UploadedPiece<T>> => {
		const {pieceId, bytes} = await pieces.piece(index);
		stop.throwIfAborted();
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
		sending++;
		await whileBehind(chain, ['AGREEMENT_UNKNOWN'], put, {signal: stop});
		// Who has the whole piece takes nothing more of it.
		sending--;
		return {index, pieceId, length: bytes.length, target};
	};
	function* attempts(): Generator<Attempt<UploadedPiece<T>>> {
		for (const [index, target] of targets.slice(0, code.total).entries())
			yield {run: stop => send(index, target, stop)};
	}
	const {values, failures} = await race(attempts(), {
		wanted: Math.min(code.optimal, targets.length),
		...racing,
		...(signal && {signal}),
	});
	await pieces.encoded;
	if (values.length >= code.repairAt)
		return {pieces: [...values].sort((a, b) => a.index - b.index), isSpaceInUse: sending > 0};
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

/** Where pieces are received, and what is done with them. */
export type Receiving = {
	/** Memory for a piece of that index; nobody else writes into it before it is given back. */
	take(index: number, length: number): Uint8Array;
	/** What was received there is of no use. */
	give(index: number, buffer: Uint8Array): void;
	/** Whether these are the bytes of the piece that was asked for. */
	accept(source: PieceSource, bytes: Uint8Array): Promise<boolean>;
};

/** The piece from one source, checked against its id. */
const fetchPiece = async (
	receiving: Receiving,
	source: PieceSource,
	{length, signal, into}: {readonly length: number; readonly signal: AbortSignal; readonly into: Uint8Array},
): Promise<IndexedPiece> => {
	const {index, pieceId, agreementId, peer} = source;
	const bytes = await peer.get({agreementId, pieceId, length, into}, {signal});
	if (bytes.length === length && (await receiving.accept(source, bytes))) return {index, bytes};
	throw new NodeError({
		code: 'PROVIDER_PIECE_WRONG',
		message: 'A provider sent bytes that are not the piece.',
		index,
	});
};

/** New memory for each piece, and its mask left on. */
export const receiveMasked = (ports: Pick<SegmentPorts, 'hasher' | 'trees'>): Receiving => ({
	take: (_, length) => new Uint8Array(length),
	give: () => undefined,
	accept: async ({pieceId}, bytes) => isPiece(ports, pieceId, bytes),
});

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
	receiving: Receiving,
	{sources, length, wanted}: DownloadRequest,
	{
		signal,
		onBytes,
		onFailure,
		...racing
	}: Transfer & {readonly onFailure?: (source: PieceSource, error: NodeError) => void},
): Promise<readonly IndexedPiece[]> => {
	const got = new Set<number>();
	const alreadyGot = (index: number): NodeError => new NodeError({code: 'PIECE_BROUGHT_ALREADY', index});
	const attempts = sources.map(
		(source): Attempt<IndexedPiece> => ({
			run: async stop => {
				if (got.has(source.index)) throw alreadyGot(source.index);
				const into = receiving.take(source.index, length);
				try {
					const piece = await fetchPiece(receiving, source, {length, signal: stop, into});
					// It came after all, but nobody waits for it any more.
					stop.throwIfAborted();
					if (got.has(source.index)) throw alreadyGot(source.index);
					got.add(source.index);
					onBytes?.(length);
					return piece;
				} catch (error) {
					// A request that has ended writes no more.
					receiving.give(source.index, into);
					const isTheirs = error instanceof NodeError && !stop.aborted && !got.has(source.index);
					if (isTheirs) onFailure?.(source, error);
					throw error;
				}
			},
		}),
	);
	const {values, failures} = await race(attempts, {wanted, ...racing, ...(signal && {signal})});
	if (values.length >= wanted) return values;
	for (const {index, bytes} of values) receiving.give(index, bytes);
	throw new NodeError({
		code: 'DOWNLOAD_TOO_FEW_PIECES',
		message: `Only ${values.length} pieces of a segment could be fetched where ${wanted} are needed.`,
		fetched: values.length,
		needed: wanted,
		reasons: failures.map(({code, detail}) => detail['reason'] ?? code),
	});
};
