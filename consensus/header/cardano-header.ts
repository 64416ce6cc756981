import type {Hasher} from '#crypto/crypto';
import {ok, type Result} from '#kernel/result';
import {countFields, decodeHeader, type Header, type HeaderDecodeFailure, TPRAOS_FIELDS} from './header.ts';
import {decodeTPraosHeader, type TPraosHeader} from './tpraos-header.ts';

/** A header of any Cardano era since Shelley. */
export type CardanoHeader =
	/** Babbage, Conway, and our own chain. */
	| {readonly kind: 'praos'; readonly header: Header}
	/** Shelley, Allegra, Mary, Alonzo. */
	| {readonly kind: 'tpraos'; readonly header: TPraosHeader};

/** Tells the kind by the number of fields. */
export const decodeCardanoHeader = (
	hasher: Hasher,
	bytes: Uint8Array,
): Result<CardanoHeader, HeaderDecodeFailure> => {
	if (countFields(bytes) === TPRAOS_FIELDS) {
		const decoded = decodeTPraosHeader(hasher, bytes);
		return decoded.ok ? ok({kind: 'tpraos', header: decoded.value}) : decoded;
	}
	const decoded = decodeHeader(hasher, bytes, {canonical: false});
	return decoded.ok ? ok({kind: 'praos', header: decoded.value}) : decoded;
};
