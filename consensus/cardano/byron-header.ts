/**
 * Headers of Byron: boundary blocks (EBB), which nobody signed, and main blocks, signed by a delegate of a genesis key (cardano-ledger, `byron.cddl`,
 * `Cardano.Chain.Block.Header`). Their forms; what is judged of them is in `judge-byron-header`.
 */
import type {Hasher} from '#crypto/crypto';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {ok, type Result} from '#kernel/result';
import {readArray} from '../read-array.ts';
import type {ByronCertificate} from './byron-signature.ts';
import {cardanoCbor} from './cardano-cbor.ts';

/** By whom a main block was signed, and what. */
export type ByronSigned = {
	readonly certificate: ByronCertificate;
	/** Stands outside of what is signed, and has to be the certificate's issuer. */
	readonly leaderVk: Uint8Array;
	readonly signature: Uint8Array;
	/** The fields that are signed, as they came. */
	readonly fields: readonly Uint8Array[];
};

/** The hashes that bind a main block's body. */
export type ByronProof = {
	readonly transactions: number;
	readonly transactionsRoot: Hash32;
	readonly witnessesHash: Hash32;
	readonly delegationHash: Hash32;
	readonly updateHash: Hash32;
};

type Common = {
	readonly hash: HeaderHash;
	readonly networkMagic: number;
	readonly prevHash: HeaderHash;
	readonly epoch: number;
	/** Main blocks up to here, this one included: Byron's word for a block number. */
	readonly difficulty: number;
	/** Of the header's bytes. */
	readonly bytes: Uint8Array;
};

export type ByronHeader =
	/** Stands before the first slot of its epoch, and has none of its own. */
	| (Common & {readonly kind: 'boundary'; readonly bodyHash: Hash32})
	| (Common & {
			readonly kind: 'main';
			readonly slotInEpoch: number;
			readonly proof: ByronProof;
			readonly signed: ByronSigned;
	  });

/** Tags of the two kinds, in headers and in blocks. */
export const BYRON_BOUNDARY = 0;
export const BYRON_MAIN = 1;
const KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
const U8_MAX = 0xff;
const U16_MAX = 0xff_ff;
const U32_MAX = 0xff_ff_ff_ff;
const APPLICATION_NAME_BYTES_MAX = 12;
/** Signatures by way of a heavyweight delegation: cardano-node knows no others, and mainnet has none. */
const HEAVY = 2;
/** Secrets of the lottery that Byron began with: proofs of commitments, openings and shares have two hashes, that of certificates one. */
const SSC_KINDS_MAX = 3;
/** What a block is longer by when it is sent, as cardano-node reckons: CBOR in CBOR. */
const SENT_OVERHEAD = 7;

const readHash = <T extends Uint8Array>(reader: CborReader): T => reader.bytesOf(HASH_BYTES).slice() as T;

type Read = Readonly<Record<'networkMagic' | 'epoch' | 'difficulty', number>> & {
	readonly prevHash: HeaderHash;
};

const readBoundary = (reader: CborReader): Read & {readonly bodyHash: Hash32} =>
	readArray(reader, 5, () => {
		const networkMagic = reader.uint(U32_MAX);
		const prevHash = readHash<HeaderHash>(reader);
		const bodyHash = readHash<Hash32>(reader);
		const consensus = readArray(reader, 2, () => ({
			epoch: reader.uint(U32_MAX),
			difficulty: readArray(reader, 1, () => reader.uint(U32_MAX)),
		}));
		readArray(reader, 1, () => reader.skip());
		return {networkMagic, prevHash, bodyHash, ...consensus};
	});

const readSignature = (reader: CborReader): Pick<ByronSigned, 'certificate' | 'signature'> =>
	readArray(reader, 2, () => {
		const at = reader.position;
		if (reader.uint() !== HEAVY) reader.stop('CBOR_UNKNOWN_VARIANT', at);
		return readArray(reader, 2, () => ({
			certificate: readByronCertificate(reader),
			signature: reader.bytesOf(SIGNATURE_BYTES).slice(),
		}));
	});

/** `[epoch, issuer, delegate, signature]`, in headers and in the delegations of a body. */
export const readByronCertificate = (reader: CborReader): ByronCertificate =>
	readArray(reader, 4, () => ({
		epoch: reader.uint(),
		issuerVk: reader.bytesOf(KEY_BYTES).slice(),
		delegateVk: reader.bytesOf(KEY_BYTES).slice(),
		signature: reader.bytesOf(SIGNATURE_BYTES).slice(),
	}));

const readSscProof = (reader: CborReader): void => {
	const at = reader.position;
	const length = reader.array(3);
	const kind = reader.uint(SSC_KINDS_MAX);
	const hashes = kind === SSC_KINDS_MAX ? 1 : 2;
	if (length !== 1 + hashes) reader.stop('CBOR_WRONG_LENGTH', at);
	for (let index = 0; index < hashes; index++) reader.bytesOf(HASH_BYTES);
};

const readProof = (reader: CborReader): ByronProof =>
	readArray(reader, 4, () => {
		const transactions = readArray(reader, 3, () => ({
			transactions: reader.uint(U32_MAX),
			transactionsRoot: readHash<Hash32>(reader),
			witnessesHash: readHash<Hash32>(reader),
		}));
		readSscProof(reader);
		const delegationHash = readHash<Hash32>(reader);
		return {...transactions, delegationHash, updateHash: readHash<Hash32>(reader)};
	});

/** Protocol and software that the block was made by and for, attributes, and a hash that nobody checks. */
const readExtra = (reader: CborReader): void => {
	readArray(reader, 4, () => {
		readArray(reader, 3, () => [reader.uint(U16_MAX), reader.uint(U16_MAX), reader.uint(U8_MAX)]);
		readArray(reader, 2, () => [reader.text(APPLICATION_NAME_BYTES_MAX), reader.uint(U32_MAX)]);
		reader.skip();
		reader.bytesOf(HASH_BYTES);
	});
};

/** Reads, and gives the bytes that were read as well. */
const withBytes = <T>(reader: CborReader, read: () => T): readonly [T, Uint8Array] => {
	const start = reader.position;
	const value = read();
	return [value, reader.bytes.slice(start, reader.position)];
};

type MainFields = Pick<Extract<ByronHeader, {kind: 'main'}>, 'slotInEpoch' | 'proof' | 'signed'>;

const readMain = (reader: CborReader): Read & MainFields =>
	readArray(reader, 5, () => {
		const networkMagic = reader.uint(U32_MAX);
		const [prevHash, prevBytes] = withBytes(reader, () => readHash<HeaderHash>(reader));
		const [proof, proofBytes] = withBytes(reader, () => readProof(reader));
		const consensus = readArray(reader, 4, () => ({
			slot: withBytes(reader, () =>
				readArray(reader, 2, () => [reader.uint(U32_MAX), reader.uint(U32_MAX)] as const),
			),
			leaderVk: reader.bytesOf(KEY_BYTES).slice(),
			difficulty: withBytes(reader, () => readArray(reader, 1, () => reader.uint(U32_MAX))),
			signature: readSignature(reader),
		}));
		const [, extraBytes] = withBytes(reader, () => readExtra(reader));
		const {leaderVk, signature} = consensus;
		const [[epoch, slotInEpoch], slotBytes] = consensus.slot;
		const [difficulty, difficultyBytes] = consensus.difficulty;
		const fields = [prevBytes, proofBytes, slotBytes, difficultyBytes, extraBytes];
		const signed = {...signature, leaderVk, fields};
		return {networkMagic, prevHash, proof, epoch, slotInEpoch, difficulty, signed};
	});

/** A header's hash covers its kind. */
export const byronHeaderHash = (hasher: Hasher, kind: number, bytes: Uint8Array): HeaderHash =>
	hasher.blake2b256(Uint8Array.of(0x82, kind), bytes) as HeaderHash;

/** Decodes a header by itself, of a kind that is known. */
export const decodeByronHeaderOf = (
	hasher: Hasher,
	kind: number,
	bytes: Uint8Array,
): Result<ByronHeader, CborFailure> => {
	const common = {hash: byronHeaderHash(hasher, kind, bytes), bytes};
	if (kind === BYRON_BOUNDARY) {
		const read = decodeWith(bytes, readBoundary, cardanoCbor);
		return read.ok ? ok({...read.value, ...common, kind: 'boundary'}) : read;
	}
	const read = decodeWith(bytes, readMain, cardanoCbor);
	return read.ok ? ok({...read.value, ...common, kind: 'main'}) : read;
};

/** Takes apart what chain-sync has of Byron: `[[kind, size of the block], 24(header)]`. */
export const splitByronHeader = (
	sent: Uint8Array,
): Result<{readonly kind: number; readonly bytes: Uint8Array}, CborFailure> =>
	decodeWith(
		sent,
		reader =>
			readArray(reader, 2, () => {
				const kind = readArray(reader, 2, () => {
					const tag = reader.uint(BYRON_MAIN);
					reader.uint(U32_MAX);
					return tag;
				});
				reader.tag(24);
				return {kind, bytes: reader.bytesOf(0, sent.length)};
			}),
		cardanoCbor,
	);

/** Decodes a header as chain-sync brings it. */
export const decodeByronHeader = (hasher: Hasher, sent: Uint8Array): Result<ByronHeader, CborFailure> => {
	const split = splitByronHeader(sent);
	return split.ok ? decodeByronHeaderOf(hasher, split.value.kind, split.value.bytes) : split;
};

/** The header of a block as chain-sync sends it; the size, of `[kind, block]`, is a hint for whoever fetches. */
export const encodeByronHeader = (kind: number, bytes: Uint8Array, blockBytes: number): Uint8Array => {
	const writer = new CborWriter();
	writer
		.array(2)
		.array(2)
		.uint(kind)
		.uint(blockBytes + SENT_OVERHEAD);
	writer.tag(24).bytes(bytes);
	return writer.finish();
};

/** Slots since the start, of epochs of 10k slots; a boundary block shares that of the block after it. */
export const byronSlotOf = (header: ByronHeader, k: number): number =>
	header.epoch * 10 * k + (header.kind === 'main' ? header.slotInEpoch : 0);
