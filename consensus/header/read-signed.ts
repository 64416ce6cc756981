import type {Hasher} from '#crypto/crypto';
import type {CborReader} from '#kernel/cbor/reader';
import type {HeaderHash} from '#kernel/hash';
import {readArray} from '../read-array.ts';

/** What every era's header is around its body: bytes that are kept as they came, because signature and hash are over them. */
export type SignedBytes = {
	/** The header body as it came: what the KES key signed. */
	readonly bodyBytes: Uint8Array;
	/** 448 bytes. */
	readonly kesSignature: Uint8Array;
	/** The whole header as it came: what `hash` is over. */
	readonly bytes: Uint8Array;
	readonly hash: HeaderHash;
};

/** Reads [header body, KES signature]. */
export const readSigned = <T>(reader: CborReader, hasher: Hasher, readBody: () => T): T & SignedBytes => {
	const start = reader.position;
	const signed = readArray(reader, 2, () => {
		const bodyStart = reader.position;
		const body = readBody();
		const bodyBytes = reader.bytes.subarray(bodyStart, reader.position);
		return {...body, bodyBytes, kesSignature: reader.bytesOf(448)};
	});
	const bytes = reader.bytes.subarray(start, reader.position);
	return {...signed, bytes, hash: hasher.blake2b256(bytes)};
};
