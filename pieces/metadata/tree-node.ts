/** A node before it is sealed: sorted items, which are entries at level 0 and nodes one level below elsewhere. */
import {bytesBetween, type Codec, decode, encode, list, record, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {
	ITEM_OVERHEAD_BYTES,
	LEVEL_MAX,
	NODE_BYTES_MAX,
	NODE_ITEMS_MAX,
	NODE_OVERHEAD_BYTES,
	VALUE_BYTES_MAX,
} from './limits.ts';
import {compareKeys, type TreeKey, treeKeyFields} from './tree-key.ts';

export type TreeItem = {
	/** At level 0 the entry's; elsewhere that of the last entry below the node. */
	readonly key: TreeKey;
	/** At level 0 the entry; elsewhere the address of the node (32 bytes). */
	readonly value: Uint8Array;
};

export type TreeNode = {
	readonly level: number;
	/** At least one, keys ascending. */
	readonly items: readonly TreeItem[];
};

export type TreeNodeError =
	| CborFailure
	| {
			readonly code: 'METADATA_NODE_INCONSISTENT';
			readonly problem: 'empty' | 'order' | 'address' | 'size' | 'level' | 'range';
	  };

const ADDRESS_BYTES = 32;

const flat: Codec<TreeKey & {readonly value: Uint8Array}> = record({
	...treeKeyFields,
	value: bytesBetween(1, VALUE_BYTES_MAX),
});

const itemCodec: Codec<TreeItem> = {
	write: (writer, {key, value}) => flat.write(writer, {...key, value}),
	read: reader => {
		const {value, ...key} = flat.read(reader);
		return {key, value};
	},
};

const nodeCodec: Codec<TreeNode> = record({level: uint(LEVEL_MAX), items: list(itemCodec, NODE_ITEMS_MAX)});

/** What an item counts for in the size of its node: not less than its bytes. */
export const itemBytes = ({key, value}: TreeItem): number =>
	ITEM_OVERHEAD_BYTES + key.path.length + value.length;

const problemOf = ({level, items}: TreeNode): 'empty' | 'order' | 'address' | 'size' | undefined => {
	if (items.length === 0) return 'empty';
	let size = NODE_OVERHEAD_BYTES;
	for (const [index, item] of items.entries()) {
		const before = items[index - 1];
		if (before !== undefined && compareKeys(before.key, item.key) >= 0) return 'order';
		if (level > 0 && item.value.length !== ADDRESS_BYTES) return 'address';
		size += itemBytes(item);
	}
	return size > NODE_BYTES_MAX ? 'size' : undefined;
};

/** Canonical CBOR. */
export const encodeTreeNode = (node: TreeNode): Uint8Array => encode(nodeCodec, node);

/** `nodeBytes` at most as many as a sealed node can hold. */
export const decodeTreeNode = (nodeBytes: Uint8Array): Result<TreeNode, TreeNodeError> => {
	const decoded = decode(nodeCodec, nodeBytes);
	if (!decoded.ok) return decoded;
	const problem = problemOf(decoded.value);
	return problem === undefined ? ok(decoded.value) : err({code: 'METADATA_NODE_INCONSISTENT', problem});
};
