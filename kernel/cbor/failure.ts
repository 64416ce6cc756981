/** Why bytes are not the CBOR that was asked for. `at` is an offset in bytes. */
export type CborFailure = {
	readonly code:
		| 'CBOR_TRUNCATED'
		| 'CBOR_TRAILING_BYTES'
		| 'CBOR_TOO_DEEP'
		| 'CBOR_TOO_LONG'
		| 'CBOR_NOT_CANONICAL'
		| 'CBOR_WRONG_TYPE'
		| 'CBOR_WRONG_LENGTH'
		| 'CBOR_OUT_OF_RANGE'
		| 'CBOR_UNKNOWN_VARIANT'
		| 'CBOR_RESERVED'
		| 'CBOR_BAD_TEXT'
		| 'CBOR_DUPLICATE_KEY';
	readonly at: number;
};

/** Leaves a decoder that met bad bytes. Only `decodeWith` catches it and makes it a `Result`. */
export class CborStop extends Error {
	readonly failure: CborFailure;

	constructor(code: CborFailure['code'], at: number) {
		super(code);
		this.failure = {code, at};
	}
}
