/**
 * Transactions as they travel: CBOR [body, witnesses, proof | null]. In a block the three parts stand in segments 1, 2
 * and 4. A body's bytes are kept as they came; all of it is canonical.
 */
import type {Hasher} from '#crypto/crypto';
import {compareBytes} from '#kernel/bytes';
import {
	bytes,
	type Codec,
	decodeWith,
	encode,
	list,
	lovelace,
	nullable,
	record,
	uint,
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import type {AccountId, GenesisHash, TxId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {PROVE_BYTES_MAX, WITNESSES_MAX} from '../limits.ts';
import {type Action, actionCodec} from './action.ts';

export type TransactionBody = {
	/** Who pays; null for actions that are free of charge. */
	readonly sender: AccountId | null;
	/** How many transactions the sender made before. */
	readonly sequence: number;
	readonly fee: Lovelace;
	/** The first slot in which it is valid. */
	readonly validFrom: Slot | null;
	/** The first slot in which it is not valid any more. */
	readonly validUntil: Slot | null;
	readonly action: Action;
};

/** An Ed25519 signature over the transaction's id. */
export type Witness = {
	/** 32 bytes. */
	readonly verificationKey: Uint8Array;
	/** 64 bytes. */
	readonly signature: Uint8Array;
};

export type Transaction = {
	readonly id: TxId;
	readonly body: TransactionBody;
	readonly bodyBytes: Uint8Array;
	/** In the order of their keys, each key once. */
	readonly witnesses: readonly Witness[];
	/** The bytes of a ForestProof, with `prove` only. */
	readonly proof: Uint8Array | null;
	/** Of the wire form, in bytes: what fee and limits look at. */
	readonly size: number;
};

const slot: Codec<Slot | null> = nullable(uint<Slot>());

export const transactionBodyCodec: Codec<TransactionBody> = record({
	sender: nullable(bytes<AccountId>(28)),
	sequence: uint(),
	fee: lovelace,
	validFrom: slot,
	validUntil: slot,
	action: actionCodec,
});

const witnessCodec: Codec<Witness> = record({verificationKey: bytes(32), signature: bytes(64)});
const witnessList = list(witnessCodec, WITNESSES_MAX);

/** Sorted by key, no key twice. */
export const witnessesCodec: Codec<readonly Witness[]> = {
	write: (writer, witnesses) => witnessList.write(writer, witnesses),
	read: reader => {
		const at = reader.position;
		const witnesses = witnessList.read(reader);
		for (const [index, {verificationKey}] of witnesses.entries()) {
			const before = witnesses[index - 1];
			const order = before === undefined ? -1 : compareBytes(before.verificationKey, verificationKey);
			if (order === 0) reader.stop('CBOR_DUPLICATE_KEY', at);
			if (order > 0) reader.stop('CBOR_NOT_CANONICAL', at);
		}
		return witnesses;
	},
};

const DOMAIN = encodeUtf8('dcloud/tx/v1');

/** What names a transaction, and what every witness of it signs. */
export const txIdOf = (hasher: Hasher, genesisHash: GenesisHash, bodyBytes: Uint8Array): TxId =>
	hasher.blake2b256(DOMAIN, genesisHash, bodyBytes);

/** One item that is read, with its bytes as they came (a copy). */
export const readWithBytes = <T>(
	codec: Codec<T>,
	reader: CborReader,
): {readonly value: T; readonly bytes: Uint8Array} => {
	const start = reader.position;
	const value = codec.read(reader);
	return {value, bytes: reader.bytes.slice(start, reader.position)};
};

/** Bytes of the head of a CBOR byte string. */
const headLength = (length: number): number => {
	if (length < 24) return 1;
	if (length < 256) return 2;
	return length < 65_536 ? 3 : 5;
};

/** The length of the wire form of three parts. */
export const wireSize = (bodyLength: number, witnessesLength: number, proof: Uint8Array | null): number =>
	1 + bodyLength + witnessesLength + (proof === null ? 1 : headLength(proof.length) + proof.length);

export type TransactionMalformed =
	| {readonly code: 'TX_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'TX_MALFORMED'; readonly failure: CborFailure};

/** What transaction ids depend on; a `LedgerEnv` is one. */
export type TransactionDomain = {readonly crypto: Hasher; readonly genesisHash: GenesisHash};

export const decodeTransaction = (
	{crypto, genesisHash}: TransactionDomain,
	wire: Uint8Array,
): Result<Transaction, TransactionMalformed> => {
	if (wire.length > PROVE_BYTES_MAX)
		return err({code: 'TX_TOO_LONG', length: wire.length, lengthMax: PROVE_BYTES_MAX});
	const decoded = decodeWith(wire, (reader): Transaction => {
		reader.arrayOf(3);
		const {value: body, bytes: bodyBytes} = readWithBytes(transactionBodyCodec, reader);
		const witnesses = witnessesCodec.read(reader);
		const proof = reader.null() ? null : reader.bytesOf(0, PROVE_BYTES_MAX).slice();
		const id = txIdOf(crypto, genesisHash, bodyBytes);
		return {id, body, bodyBytes, witnesses, proof, size: wire.length};
	});
	return decoded.ok ? decoded : err({code: 'TX_MALFORMED', failure: decoded.error});
};

export const encodeTransaction = ({
	bodyBytes,
	witnesses,
	proof,
}: Pick<Transaction, 'bodyBytes' | 'witnesses' | 'proof'>): Uint8Array => {
	const writer = new CborWriter().array(3).raw(bodyBytes);
	witnessesCodec.write(writer, witnesses);
	if (proof === null) writer.null();
	else writer.bytes(proof);
	return writer.finish();
};

export type UnsignedTransaction = Pick<Transaction, 'id' | 'body' | 'bodyBytes'>;

/** A body with its bytes and the id that its witnesses sign. */
export const unsignedTransaction = (
	{crypto, genesisHash}: TransactionDomain,
	body: TransactionBody,
): UnsignedTransaction => {
	const bodyBytes = encode(transactionBodyCodec, body);
	return {id: txIdOf(crypto, genesisHash, bodyBytes), body, bodyBytes};
};

/** `unsignedTransaction` of bytes from elsewhere: what a provider looks at before it signs. */
export const decodeTransactionBody = (
	{crypto, genesisHash}: TransactionDomain,
	bodyBytes: Uint8Array,
): Result<UnsignedTransaction, TransactionMalformed> => {
	const decoded = decodeWith(bodyBytes, reader => transactionBodyCodec.read(reader));
	return decoded.ok
		? {ok: true, value: {id: txIdOf(crypto, genesisHash, bodyBytes), body: decoded.value, bodyBytes}}
		: err({code: 'TX_MALFORMED', failure: decoded.error});
};

/** Puts witnesses in their order and completes the transaction. Keys must differ. */
export const signedTransaction = (
	unsigned: UnsignedTransaction,
	witnesses: readonly Witness[],
	proof: Uint8Array | null = null,
): Transaction => {
	const sorted = witnesses.toSorted((a, b) => compareBytes(a.verificationKey, b.verificationKey));
	const size = wireSize(unsigned.bodyBytes.length, encode(witnessesCodec, sorted).length, proof);
	return {...unsigned, witnesses: sorted, proof, size};
};

/** The body of an action that is free of charge. */
export const feeFreeBody = (action: Action): TransactionBody => ({
	sender: null,
	sequence: 0,
	fee: Lovelace(0n),
	validFrom: null,
	validUntil: null,
	action,
});
