import type {Hasher} from '#crypto/crypto';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {type CborReader, INDEFINITE} from '#kernel/cbor/reader';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import type {OperationalCertificate} from '../opcert/operational-certificate.ts';
import {readArray} from '../read-array.ts';
import {readSigned, type SignedBytes} from './read-signed.ts';

/**
 * A Praos header (Cardano's Babbage and Conway form) as its bytes say, judged by nobody yet.
 * Numbers are any u64 that the wire can carry: bigint where a double would not hold them.
 */
export type WireHeader = {
	readonly blockNo: number | bigint;
	readonly slot: number | bigint;
	/** The parent's hash; null in a chain's first block. */
	readonly prevHash: HeaderHash | null;
	/** The issuer's cold Ed25519 key, 32 bytes; its blake2b-224 is the pool's id. */
	readonly issuerVk: Uint8Array;
	/** 32 bytes. */
	readonly vrfVk: Uint8Array;
	/** The claimed beta, 64 bytes. */
	readonly vrfOutput: Uint8Array;
	/** 80 bytes. */
	readonly vrfProof: Uint8Array;
	/** Bytes of the four body segments together. */
	readonly bodySize: number;
	readonly bodyHash: Hash32;
	readonly operationalCertificate: OperationalCertificate;
	readonly protocolVersion: {readonly major: number; readonly minor: number};
} & SignedBytes;

/** A header whose numbers are counts that every rule can work with. */
export type Header = WireHeader & {readonly blockNo: BlockNo; readonly slot: Slot};

export type HeaderDecodeFailure =
	| CborFailure
	/** Cardano's headers before Babbage have 15 fields: `decodeTPraosHeader` reads those; Byron's have others. */
	| {readonly code: 'HEADER_ERA_UNSUPPORTED'; readonly fields: number}
	/** A block number or slot of 2^53 or more: no chain gets there. */
	| {readonly code: 'HEADER_NUMBER_TOO_LARGE'; readonly field: 'blockNo' | 'slot'}
	| {readonly code: 'HEADER_TOO_LARGE'; readonly bytes: number; readonly bytesMax: number};

export type HeaderDecodeOptions = {
	/**
	 * Default true: the one encoding that our forgers write, so that nobody else can give a block a second hash.
	 * False for Cardano's headers, which are taken as they come.
	 */
	readonly canonical?: boolean;
};

const FIELDS = 10;
/** Of the headers from Shelley to Alonzo. */
export const TPRAOS_FIELDS = 15;
/** Far above any network's limit, which the rules check; bounds what is copied. */
export const DECODED_BYTES_MAX = 65_536;

/** A number where a double holds it. */
export const narrow = (value: bigint): number | bigint =>
	value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

const readCertificate = (reader: CborReader): OperationalCertificate =>
	readArray(reader, 4, () => ({
		hotVk: reader.bytesOf(32),
		counter: reader.uintBig(),
		startPeriod: reader.uintBig(),
		signature: reader.bytesOf(64),
	}));

const readBody = (reader: CborReader): Omit<WireHeader, keyof SignedBytes> =>
	readArray(reader, FIELDS, () => ({
		blockNo: narrow(reader.uintBig()),
		slot: narrow(reader.uintBig()),
		prevHash: reader.null() ? null : (reader.bytesOf(32) as HeaderHash),
		issuerVk: reader.bytesOf(32),
		vrfVk: reader.bytesOf(32),
		...readArray(reader, 2, () => ({vrfOutput: reader.bytesOf(64), vrfProof: reader.bytesOf(80)})),
		bodySize: reader.uint(0xff_ff_ff_ff),
		bodyHash: reader.bytesOf(32) as Hash32,
		operationalCertificate: readCertificate(reader),
		protocolVersion: readArray(reader, 2, () => ({major: reader.uint(), minor: reader.uint()})),
	}));

/** How many fields the header body has, if it is an array at all. */
export const countFields = (bytes: Uint8Array): number | undefined => {
	const counted = decodeWith(
		bytes,
		reader => {
			reader.array();
			const announced = reader.array();
			let fields = 0;
			if (announced === INDEFINITE) for (; !reader.break(); fields++) reader.skip();
			// What follows does not matter.
			reader.position = reader.end;
			return announced === INDEFINITE ? fields : announced;
		},
		{canonical: false},
	);
	return counted.ok ? counted.value : undefined;
};

/** Decodes a header and keeps a copy of its bytes, so that a small header does not hold a large message. */
export const decodeWireHeader = (
	hasher: Hasher,
	bytes: Uint8Array,
	options: HeaderDecodeOptions = {},
): Result<WireHeader, HeaderDecodeFailure> => {
	if (bytes.length > DECODED_BYTES_MAX)
		return err({code: 'HEADER_TOO_LARGE', bytes: bytes.length, bytesMax: DECODED_BYTES_MAX});
	const decoded = decodeWith(
		new Uint8Array(bytes),
		reader => readSigned(reader, hasher, () => readBody(reader)),
		options,
	);
	if (decoded.ok || countFields(bytes) !== TPRAOS_FIELDS) return decoded;
	return err({code: 'HEADER_ERA_UNSUPPORTED', fields: TPRAOS_FIELDS});
};

/** A header of any era as the node works with it: numbers beyond any chain's reach are refused. */
export const narrowHeader = <T extends Pick<WireHeader, 'blockNo' | 'slot'>>(
	header: T,
): Result<T & {readonly blockNo: BlockNo; readonly slot: Slot}, HeaderDecodeFailure> => {
	const {blockNo, slot} = header;
	if (typeof blockNo === 'bigint') return err({code: 'HEADER_NUMBER_TOO_LARGE', field: 'blockNo'});
	if (typeof slot === 'bigint') return err({code: 'HEADER_NUMBER_TOO_LARGE', field: 'slot'});
	return ok({...header, blockNo: BlockNo(blockNo), slot: Slot(slot)});
};

export const decodeHeader = (
	hasher: Hasher,
	bytes: Uint8Array,
	options: HeaderDecodeOptions = {},
): Result<Header, HeaderDecodeFailure> => {
	const decoded = decodeWireHeader(hasher, bytes, options);
	return decoded.ok ? narrowHeader(decoded.value) : decoded;
};
