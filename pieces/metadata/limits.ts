/** Bounds of a bucket's tree. They are part of its form: another value gives other nodes. */

/** Of an object's name, in bytes of UTF-8; as in S3. */
export const OBJECT_NAME_BYTES_MAX = 1024;
/** Objects up to here stand in the tree itself. */
export const INLINE_BYTES_MAX = 4096;
/** Objects up to here are stored together with others when many are written at once. */
export const PACKED_BYTES_MAX: number = 2 ** 20;
/** Of objects that are stored together. */
export const SMALL_PACK_BYTES_MAX: number = 64 * 2 ** 20;
/** Of what a stored object is found and opened with, in bytes. A longer manifest is stored as an object itself. */
export const REFERENCE_BYTES_MAX = 8192;
export const CONTENT_TYPE_BYTES_MAX = 128;
/** Of an entry of the tree, without its key. */
export const VALUE_BYTES_MAX = 9216;

export const VERSION_ID_BYTES = 16;

/** What a node is made of, in bytes before it is sealed. */
export const NODE_BYTES_MAX = 65_536;
/** A node that has as many bytes ends there, whatever its keys say: the longest item still fits. */
export const NODE_BYTES_ENOUGH = 49_152;
/** What an item adds to its node besides its name and value: an upper bound of the heads. */
export const ITEM_OVERHEAD_BYTES = 32;
/** A node is as long as its items, this and nothing else. */
export const NODE_OVERHEAD_BYTES = 16;
/** No item is shorter than this, so a node has no more of them than fit. */
export const NODE_ITEMS_MAX: number = NODE_BYTES_MAX / ITEM_OVERHEAD_BYTES;
/** Hashes of 256 bits give 51 levels; above them only full nodes are left. */
export const LEVEL_MAX = 63;
/** One item in 2^5 ends its node: 32 items in a node on average. */
export const FANOUT_BITS = 5;

/** Results of one page of a listing. */
export const LIST_LIMIT_MAX = 10_000;
