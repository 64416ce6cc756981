/**
 * The four segments of a body: 1 transaction bodies, 2 their witnesses, 3 the Cardano reference with its events,
 * 4 the proofs of the `prove` transactions, in their order.
 */
import {type Codec, decode, decodeWith, encode, record} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import {type MainChainEvent, type McRef, mainChainEvents, mcRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {BODY_BYTES_MAX, MAIN_CHAIN_EVENTS_MAX, PROVE_BYTES_MAX} from '../limits.ts';
import {
	readWithBytes,
	type Transaction,
	type TransactionBody,
	type TransactionDomain,
	transactionBodyCodec,
	txIdOf,
	type Witness,
	wireSize,
	witnessesCodec,
} from '../tx/transaction.ts';
import type {BlockError} from './block-error.ts';

/** The bytes of segments 1 to 4. */
export type BodySegments = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** What a block says of Cardano: how far it has seen, and what happened since its parent's reference. */
export type MainChainSegment = {readonly mcRef: McRef; readonly events: readonly MainChainEvent[]};

export type BlockBody = {
	readonly transactions: readonly Transaction[];
	readonly mainChain: MainChainSegment;
};

export const mainChainCodec: Codec<MainChainSegment> = record({
	mcRef,
	events: mainChainEvents(MAIN_CHAIN_EVENTS_MAX),
});

/** More items than bytes cannot be. */
const ITEMS_MAX = BODY_BYTES_MAX;

const readList = <T>(reader: CborReader, read: (reader: CborReader) => T): readonly T[] => {
	const count = reader.array(ITEMS_MAX);
	const items: T[] = [];
	for (let index = 0; index < count; index++) items.push(read(reader));
	return items;
};

const malformed = (segment: number, failure: CborFailure): Result<never, BlockError> =>
	err({code: 'BLOCK_SEGMENT_MALFORMED', segment, failure});

type Part<T> = {readonly value: T; readonly bytes: Uint8Array};

const countProves = (bodies: readonly Part<TransactionBody>[]): number =>
	bodies.filter(({value}) => value.action.kind === 'prove').length;

const join = (
	{crypto, genesisHash}: TransactionDomain,
	bodies: readonly Part<TransactionBody>[],
	witnesses: readonly Part<readonly Witness[]>[],
	proofs: readonly Uint8Array[],
): Result<readonly Transaction[], BlockError> => {
	if (witnesses.length !== bodies.length)
		return err({
			code: 'BLOCK_WITNESSES_MISCOUNTED',
			witnesses: witnesses.length,
			expected: bodies.length,
		});
	const proves = countProves(bodies);
	if (proofs.length !== proves)
		return err({code: 'BLOCK_PROOFS_MISCOUNTED', proofs: proofs.length, expected: proves});
	let used = 0;
	const transactions = bodies.map(({value: body, bytes: bodyBytes}, index): Transaction => {
		const own = witnesses[index] as Part<readonly Witness[]>;
		const proof = body.action.kind === 'prove' ? (proofs[used++] as Uint8Array) : null;
		const size = wireSize(bodyBytes.length, own.bytes.length, proof);
		const id = txIdOf(crypto, genesisHash, bodyBytes);
		return {id, body, bodyBytes, witnesses: own.value, proof, size};
	});
	return ok(transactions);
};

export const decodeBody = (
	domain: TransactionDomain,
	segments: BodySegments,
): Result<BlockBody, BlockError> => decodeSegments(domain, segments, readProofs);

/** The body of a block whose proofs are gone, for people to read: each of them is empty. Nothing is judged by it. */
export const decodeBodyWithoutProofs = (
	domain: TransactionDomain,
	segments: BodySegments,
): Result<BlockBody, BlockError> =>
	decodeSegments(domain, segments, (_, proves) => ok(Array.from({length: proves}, () => new Uint8Array(0))));

type ProofsReader = (segment: Uint8Array, proves: number) => Result<readonly Uint8Array[], CborFailure>;

const readProofs: ProofsReader = segment =>
	decodeWith(segment, reader => readList(reader, item => item.bytesOf(0, PROVE_BYTES_MAX).slice()));

const decodeSegments = (
	domain: TransactionDomain,
	segments: BodySegments,
	proofsIn: ProofsReader,
): Result<BlockBody, BlockError> => {
	const length = segments.reduce((sum, segment) => sum + segment.length, 0);
	if (length > BODY_BYTES_MAX) return err({code: 'BLOCK_BODY_TOO_LONG', length, lengthMax: BODY_BYTES_MAX});
	const bodies = decodeWith(segments[0], reader =>
		readList(reader, item => readWithBytes(transactionBodyCodec, item)),
	);
	if (!bodies.ok) return malformed(1, bodies.error);
	const witnesses = decodeWith(segments[1], reader =>
		readList(reader, item => readWithBytes(witnessesCodec, item)),
	);
	if (!witnesses.ok) return malformed(2, witnesses.error);
	const mainChain = decode(mainChainCodec, segments[2]);
	if (!mainChain.ok) return malformed(3, mainChain.error);
	const proofs = proofsIn(segments[3], countProves(bodies.value));
	if (!proofs.ok) return malformed(4, proofs.error);
	const transactions = join(domain, bodies.value, witnesses.value, proofs.value);
	return transactions.ok ? ok({transactions: transactions.value, mainChain: mainChain.value}) : transactions;
};

export const encodeBody = ({transactions, mainChain}: BlockBody): BodySegments => {
	const bodies = new CborWriter().array(transactions.length);
	const witnesses = new CborWriter().array(transactions.length);
	const proofs = transactions.map(({proof}) => proof).filter(proof => proof !== null);
	const proofWriter = new CborWriter().array(proofs.length);
	for (const transaction of transactions) {
		bodies.raw(transaction.bodyBytes);
		witnessesCodec.write(witnesses, transaction.witnesses);
	}
	for (const proof of proofs) proofWriter.bytes(proof);
	return [bodies.finish(), witnesses.finish(), encode(mainChainCodec, mainChain), proofWriter.finish()];
};
