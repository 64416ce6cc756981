import type {Codec} from '#kernel/cbor/codec';

/**
 * read: the bytes of pieces. list: whether pieces are there. write: to bring pieces, and to open agreements and add to
 * them. delete: to take pieces out of agreements.
 */
export type Right = 'read' | 'write' | 'list' | 'delete';

/** On the wire the n-th right is the bit 2^n. */
export const ALL_RIGHTS: readonly Right[] = ['read', 'write', 'list', 'delete'];

const BITS_MAX = 2 ** ALL_RIGHTS.length - 1;

/** A set: in the order of `ALL_RIGHTS`, whatever the order was. */
export const rightsCodec: Codec<readonly Right[]> = {
	write: (writer, rights) =>
		writer.uint(ALL_RIGHTS.reduce((bits, right, at) => bits + (rights.includes(right) ? 2 ** at : 0), 0)),
	read: reader => {
		const bits = reader.uint(BITS_MAX);
		return ALL_RIGHTS.filter((_, at) => (bits & (1 << at)) !== 0);
	},
};

export const isWithinRights = (rights: readonly Right[], outer: readonly Right[]): boolean =>
	rights.every(right => outer.includes(right));
