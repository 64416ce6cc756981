/** Signatures in a transaction: who has signed, and adding some without touching another byte. */
import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {compareBytes, toHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {ARRAY, type CborReader, INDEFINITE} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {TRANSACTION_BYTES_MAX} from './transaction.ts';

export type KeyWitness = {
	/** 32 bytes. */
	readonly verificationKey: Uint8Array;
	/** Ed25519 over the transaction's id, 64 bytes. */
	readonly signature: Uint8Array;
};

/** A transaction in its parts; all bytes as they came. */
export type WitnessedTransaction = {
	readonly id: Hash32;
	readonly body: Uint8Array;
	readonly witnesses: readonly KeyWitness[];
	/** Everything else of the witness set: scripts, datums, redeemers. */
	readonly others: readonly {readonly key: number; readonly value: Uint8Array}[];
	/** The validity flag and the auxiliary data. */
	readonly rest: Uint8Array;
};

export type WitnessFailure =
	| CborFailure
	| {readonly code: 'CARDANO_TRANSACTIONS_DIFFER'; readonly ids: readonly string[]};

const WITNESSES_MAX = 200;
const SET_TAG = 258;
/** Signatures are item 0 of the witness set. */
const KEY_WITNESSES = 0;

const readKeyWitnesses = (reader: CborReader): KeyWitness[] => {
	if (reader.peekMajor() !== ARRAY) reader.tag(SET_TAG);
	const length = reader.array(WITNESSES_MAX);
	const witnesses: KeyWitness[] = [];
	while (length === INDEFINITE ? !reader.break() : witnesses.length < length) {
		if (witnesses.length >= WITNESSES_MAX) reader.stop('CBOR_TOO_LONG');
		reader.arrayOf(2);
		const verificationKey = reader.bytesOf(32).slice();
		witnesses.push({verificationKey, signature: reader.bytesOf(64).slice()});
	}
	return witnesses;
};

const readWitnessSet = (reader: CborReader): Pick<WitnessedTransaction, 'witnesses' | 'others'> => {
	const length = reader.map(WITNESSES_MAX);
	let witnesses: KeyWitness[] = [];
	const others: {key: number; value: Uint8Array}[] = [];
	for (let pair = 0; length === INDEFINITE ? !reader.break() : pair < length; pair++) {
		if (pair >= WITNESSES_MAX) reader.stop('CBOR_TOO_LONG');
		const key = reader.uint(255);
		if (key === KEY_WITNESSES) witnesses = readKeyWitnesses(reader);
		else others.push({key, value: reader.skip().slice()});
	}
	return {witnesses, others};
};

export const decodeWitnessed = (
	hasher: Hasher,
	bytes: Uint8Array,
): Result<WitnessedTransaction, CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			if (bytes.length > TRANSACTION_BYTES_MAX) reader.stop('CBOR_TOO_LONG', 0);
			reader.arrayOf(4);
			const body = reader.skip().slice();
			const set = readWitnessSet(reader);
			const from = reader.position;
			reader.bool();
			reader.skip();
			const rest = bytes.slice(from, reader.position);
			return {id: Hash32(hasher.blake2b256(body)), body, ...set, rest};
		},
		{canonical: false},
	);

export const encodeWitnessed = ({body, witnesses, others, rest}: WitnessedTransaction): Uint8Array => {
	const writer = new CborWriter().array(4).raw(body);
	writer.map(others.length + (witnesses.length > 0 ? 1 : 0));
	if (witnesses.length > 0) {
		writer.uint(KEY_WITNESSES).tag(SET_TAG).array(witnesses.length);
		for (const {verificationKey, signature} of witnesses)
			writer.array(2).bytes(verificationKey).bytes(signature);
	}
	for (const {key, value} of others) writer.uint(key).raw(value);
	return writer.raw(rest).finish();
};

/** One signature for each key, in the order of the keys; later ones replace earlier ones. */
const unique = (witnesses: readonly KeyWitness[]): readonly KeyWitness[] =>
	[...new Map(witnesses.map(witness => [toHex(witness.verificationKey), witness])).values()].sort((a, b) =>
		compareBytes(a.verificationKey, b.verificationKey),
	);

/** With signatures besides what has been signed before. */
export const addWitnesses = (
	transaction: WitnessedTransaction,
	added: readonly KeyWitness[],
): WitnessedTransaction => ({
	...transaction,
	witnesses: unique([...transaction.witnesses, ...added]),
});

/** By an Ed25519 seed. */
export const witnessBySeed = (
	crypto: SecretCrypto,
	{id}: Pick<WitnessedTransaction, 'id'>,
	seed: Uint8Array,
): KeyWitness => ({
	verificationKey: crypto.ed25519VerificationKey(seed),
	signature: crypto.signEd25519(seed, id),
});

/** Puts copies together that were signed apart; `copies` are not empty. */
export const mergeWitnessed = (
	copies: readonly [WitnessedTransaction, ...WitnessedTransaction[]],
): Result<WitnessedTransaction, WitnessFailure> => {
	const [first] = copies;
	const ids = [...new Set(copies.map(({id}) => toHex(id)))];
	if (ids.length > 1) return err({code: 'CARDANO_TRANSACTIONS_DIFFER', ids});
	return ok({...first, witnesses: unique(copies.flatMap(({witnesses}) => witnesses))});
};
