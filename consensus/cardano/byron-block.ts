/**
 * Blocks of Byron, and whether a body is the one that its header promises: transactions, witnesses, delegations and updates by their hashes. What the lottery of
 * that time left in a block (SSC) is bound by nothing in cardano-node, and has to have its form only.
 */
import type {Hasher} from '#crypto/crypto';
import {concat, equalBytes} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {type CborReader, INDEFINITE} from '#kernel/cbor/reader';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {readArray} from '../read-array.ts';
import {
	BYRON_BOUNDARY,
	BYRON_MAIN,
	type ByronHeader,
	decodeByronHeaderOf,
	readByronCertificate,
} from './byron-header.ts';
import type {ByronCertificate} from './byron-signature.ts';
import {cardanoCbor} from './cardano-cbor.ts';

type MainBody = {
	readonly transactions: readonly {readonly transaction: Uint8Array; readonly witnesses: Uint8Array}[];
	readonly certificates: readonly ByronCertificate[];
	readonly delegationPayload: Uint8Array;
	readonly updatePayload: Uint8Array;
};

export type ByronBlock =
	| {
			readonly kind: 'boundary';
			readonly header: Extract<ByronHeader, {kind: 'boundary'}>;
			readonly body: Uint8Array;
	  }
	| {readonly kind: 'main'; readonly header: Extract<ByronHeader, {kind: 'main'}>; readonly body: MainBody};

export type ByronBodyFailure =
	| {readonly code: 'BYRON_BLOCK_TOO_LONG'; readonly bytes: number; readonly bytesMax: number}
	| {
			readonly code: 'BYRON_BODY_PROOF_WRONG';
			readonly part: 'boundary' | 'transactions' | 'witnesses' | 'delegation' | 'update';
	  };

/** What every genesis file allows, of boundary blocks (cardano-ledger, `updateChainBoundary`) and of main ones; governance of Byron kept it. */
const BLOCK_BYTES_MAX = 2_000_000;
const SSC_KINDS_MAX = 3;

const readList = <T>(reader: CborReader, read: () => T): readonly T[] => {
	const length = reader.array();
	const items: T[] = [];
	while (length === INDEFINITE ? !reader.break() : items.length < length) items.push(read());
	return items;
};

const readSsc = (reader: CborReader): void => {
	const at = reader.position;
	const length = reader.array();
	const kind = reader.uint(SSC_KINDS_MAX);
	if (length !== (kind === SSC_KINDS_MAX ? 2 : 3)) reader.stop('CBOR_WRONG_LENGTH', at);
	for (let index = 1; index < length; index++) reader.skip();
};

/** Reads, and gives the bytes that were read as well, as a view. */
const withView = <T>(reader: CborReader, read: () => T): readonly [T, Uint8Array] => {
	const start = reader.position;
	const value = read();
	return [value, reader.bytes.subarray(start, reader.position)];
};

const readMainBody = (reader: CborReader): MainBody =>
	readArray(reader, 4, () => {
		const transactions = readList(reader, () =>
			readArray(reader, 2, () => ({transaction: reader.skip(), witnesses: reader.skip()})),
		);
		readSsc(reader);
		const [certificates, delegationPayload] = withView(reader, () =>
			readList(reader, () => readByronCertificate(reader)),
		);
		const [, updatePayload] = withView(reader, () =>
			readArray(reader, 2, () => [
				readList(reader, () => reader.skip()),
				readList(reader, () => reader.skip()),
			]),
		);
		return {transactions, certificates, delegationPayload, updatePayload};
	});

type Parts = {readonly kind: number; readonly header: Uint8Array; readonly body: Uint8Array | MainBody};

/** Decodes `[0, boundary block]` and `[1, main block]`. */
export const decodeByronBlock = (hasher: Hasher, bytes: Uint8Array): Result<ByronBlock, CborFailure> => {
	const parts = decodeWith(
		bytes,
		(reader): Parts =>
			readArray(reader, 2, () => {
				const kind = reader.uint(BYRON_MAIN);
				return readArray(reader, 3, () => {
					const header = reader.skip();
					const body =
						kind === BYRON_BOUNDARY
							? withView(reader, () => readList(reader, () => reader.bytesOf(0, bytes.length)))[1]
							: readMainBody(reader);
					readArray(reader, 1, () => reader.skip());
					return {kind, header, body};
				});
			}),
		cardanoCbor,
	);
	if (!parts.ok) return parts;
	const {kind, header: headerBytes, body} = parts.value;
	const header = decodeByronHeaderOf(hasher, kind, headerBytes);
	if (!header.ok) return header;
	return header.value.kind === 'boundary'
		? ok({kind: 'boundary', header: header.value, body: body as Uint8Array})
		: ok({kind: 'main', header: header.value, body: body as MainBody});
};

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
/** A list of no known length begins and ends so; witnesses are hashed as one, however they came. */
const LIST_BEGIN = Uint8Array.of(0x9f);
const LIST_END = Uint8Array.of(0xff);

/** The root over transactions: the left half of a node is the largest power of two below its size (cardano-ledger, `Common.Merkle`). */
export const byronMerkleRoot = (hasher: Hasher, items: readonly Uint8Array[]): Hash32 => {
	const [only] = items;
	if (only === undefined) return hasher.blake2b256();
	if (items.length === 1) return hasher.blake2b256(LEAF, only);
	let half = 1;
	while (2 * half < items.length) half *= 2;
	const [left, right] = [items.slice(0, half), items.slice(half)];
	return hasher.blake2b256(NODE, byronMerkleRoot(hasher, left), byronMerkleRoot(hasher, right));
};

/** The body is the one that the header promises. `bytes` is the whole block. */
export const checkByronBody = (
	hasher: Hasher,
	block: ByronBlock,
	bytes: Uint8Array,
): Result<undefined, ByronBodyFailure> => {
	if (bytes.length > BLOCK_BYTES_MAX)
		return err({code: 'BYRON_BLOCK_TOO_LONG', bytes: bytes.length, bytesMax: BLOCK_BYTES_MAX});
	const wrong = (
		part: Extract<ByronBodyFailure, {part: unknown}>['part'],
	): Result<undefined, ByronBodyFailure> => err({code: 'BYRON_BODY_PROOF_WRONG', part});
	if (block.kind === 'boundary')
		return equalBytes(hasher.blake2b256(block.body), block.header.bodyHash)
			? ok(undefined)
			: wrong('boundary');
	const {transactions, delegationPayload, updatePayload} = block.body;
	const {proof} = block.header;
	const root = byronMerkleRoot(
		hasher,
		transactions.map(({transaction}) => transaction),
	);
	if (proof.transactions !== transactions.length || !equalBytes(root, proof.transactionsRoot))
		return wrong('transactions');
	const witnesses = concat(LIST_BEGIN, ...transactions.map(each => each.witnesses), LIST_END);
	if (!equalBytes(hasher.blake2b256(witnesses), proof.witnessesHash)) return wrong('witnesses');
	if (!equalBytes(hasher.blake2b256(delegationPayload), proof.delegationHash)) return wrong('delegation');
	return equalBytes(hasher.blake2b256(updatePayload), proof.updateHash) ? ok(undefined) : wrong('update');
};
