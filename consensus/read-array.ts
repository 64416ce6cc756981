import {type CborReader, INDEFINITE} from '#kernel/cbor/reader';

/** Reads an array of exactly `length` items, which Cardano's writers may also close with a break. */
export const readArray = <T>(reader: CborReader, length: number, read: () => T): T => {
	const at = reader.position;
	const announced = reader.array();
	if (announced !== length && announced !== INDEFINITE) reader.stop('CBOR_WRONG_LENGTH', at);
	const value = read();
	if (announced === INDEFINITE && !reader.break()) reader.stop('CBOR_WRONG_LENGTH', at);
	return value;
};
