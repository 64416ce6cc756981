import type {Hasher} from '#crypto/crypto';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborReader} from '#kernel/cbor/reader';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import {readArray} from '../read-array.ts';
import {
	DECODED_BYTES_MAX,
	type HeaderDecodeFailure,
	narrow,
	narrowHeader,
	TPRAOS_FIELDS,
	type WireHeader,
} from './header.ts';
import {readSigned, type SignedBytes} from './read-signed.ts';

/** A VRF output (64 bytes) as claimed, and the proof of it (80 bytes). */
export type VrfCertificate = {readonly output: Uint8Array; readonly proof: Uint8Array};

/**
 * A header of Cardano's eras from Shelley to Alonzo (Transitional Praos): 15 fields, and two VRF evaluations where
 * Praos draws both values from one. Our own chain never has such headers; a relay of Cardano's meets them.
 */
export type TPraosHeader = Omit<WireHeader, 'blockNo' | 'slot' | 'vrfOutput' | 'vrfProof'> & {
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	/** Goes into the nonce. */
	readonly nonceVrf: VrfCertificate;
	/** Makes the issuer leader. */
	readonly leaderVrf: VrfCertificate;
};

type Body = Omit<TPraosHeader, keyof SignedBytes | 'blockNo' | 'slot'> & Pick<WireHeader, 'blockNo' | 'slot'>;

const readVrf = (reader: CborReader): VrfCertificate =>
	readArray(reader, 2, () => ({output: reader.bytesOf(64), proof: reader.bytesOf(80)}));

/** The operational certificate and the protocol version are not arrays of their own, as they are in Praos. */
const readBody = (reader: CborReader): Body =>
	readArray(reader, TPRAOS_FIELDS, () => ({
		blockNo: narrow(reader.uintBig()),
		slot: narrow(reader.uintBig()),
		prevHash: reader.null() ? null : (reader.bytesOf(32) as HeaderHash),
		issuerVk: reader.bytesOf(32),
		vrfVk: reader.bytesOf(32),
		nonceVrf: readVrf(reader),
		leaderVrf: readVrf(reader),
		bodySize: reader.uint(0xff_ff_ff_ff),
		bodyHash: reader.bytesOf(32) as Hash32,
		operationalCertificate: {
			hotVk: reader.bytesOf(32),
			counter: reader.uintBig(),
			startPeriod: reader.uintBig(),
			signature: reader.bytesOf(64),
		},
		protocolVersion: {major: reader.uint(), minor: reader.uint()},
	}));

/** Decodes a header as Cardano's writers made it, and keeps a copy of its bytes. */
export const decodeTPraosHeader = (
	hasher: Hasher,
	bytes: Uint8Array,
): Result<TPraosHeader, HeaderDecodeFailure> => {
	if (bytes.length > DECODED_BYTES_MAX)
		return err({code: 'HEADER_TOO_LARGE', bytes: bytes.length, bytesMax: DECODED_BYTES_MAX});
	const decoded = decodeWith(
		new Uint8Array(bytes),
		reader => readSigned(reader, hasher, () => readBody(reader)),
		{canonical: false},
	);
	return decoded.ok ? narrowHeader(decoded.value) : decoded;
};
