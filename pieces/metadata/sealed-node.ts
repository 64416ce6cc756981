/**
 * A node as it is stored: keyed hash of its content (32) | AES-256-GCM. The key of a node follows from that hash, so
 * a key never seals two contents and the nonce can stand still; equal content gives equal bytes, which the tree needs.
 */
import type {Aead} from '#crypto/aead';
import {AEAD_NONCE_BYTES, AEAD_TAG_BYTES} from '#crypto/aead';
import type {Hasher} from '#crypto/crypto';
import {hkdfSha256} from '#crypto/hkdf';
import {concat, equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {NODE_BYTES_MAX} from './limits.ts';
import type {TreeKeys} from './metadata-keys.ts';
import {decodeTreeNode, encodeTreeNode, type TreeNode, type TreeNodeError} from './tree-node.ts';

/** Sealed bytes, and the blake2b-256 of them that names them. */
export type SealedNode = {readonly address: Hash32; readonly bytes: Uint8Array};

export type SealedNodeError =
	| TreeNodeError
	| {readonly code: 'METADATA_NODE_TOO_LONG'; readonly length: number}
	/** The bytes are not those that the address names. */
	| {readonly code: 'METADATA_NODE_WRONG'; readonly address: Hash32}
	| {readonly code: 'METADATA_NODE_SEAL_BROKEN'; readonly address: Hash32};

export type NodeCrypto = {readonly hasher: Hasher; readonly aead: Aead};

const HASH_BYTES = 32;
const DOMAIN = encodeUtf8('dcloud/metadata/node/v1');
const NONCE = new Uint8Array(AEAD_NONCE_BYTES);

export const SEALED_NODE_BYTES_MAX: number = HASH_BYTES + NODE_BYTES_MAX + AEAD_TAG_BYTES;

const contentHash = ({hasher}: NodeCrypto, keys: TreeKeys, content: Uint8Array): Hash32 =>
	hasher.blake2b256(DOMAIN, keys.hash, content);

const nodeKey = (keys: TreeKeys, hash: Uint8Array): Uint8Array => hkdfSha256(keys.seal, hash, DOMAIN, 32);

export const sealNode = (crypto: NodeCrypto, keys: TreeKeys, node: TreeNode): SealedNode => {
	const content = encodeTreeNode(node);
	const hash = contentHash(crypto, keys, content);
	const bytes = concat(hash, crypto.aead.seal(nodeKey(keys, hash), NONCE, DOMAIN, content));
	return {address: crypto.hasher.blake2b256(bytes), bytes};
};

/** Bytes from anywhere: nothing of them is used before they are known to be what the address names and the owner sealed. */
export const openNode = (
	crypto: NodeCrypto,
	keys: TreeKeys,
	{address, bytes}: SealedNode,
): Result<TreeNode, SealedNodeError> => {
	if (bytes.length > SEALED_NODE_BYTES_MAX)
		return err({code: 'METADATA_NODE_TOO_LONG', length: bytes.length});
	if (!equalBytes(crypto.hasher.blake2b256(bytes), address))
		return err({code: 'METADATA_NODE_WRONG', address});
	if (bytes.length < HASH_BYTES + AEAD_TAG_BYTES) return err({code: 'METADATA_NODE_SEAL_BROKEN', address});
	const hash = bytes.subarray(0, HASH_BYTES);
	const content = crypto.aead.open(nodeKey(keys, hash), NONCE, DOMAIN, bytes.subarray(HASH_BYTES));
	if (content === undefined || !equalBytes(contentHash(crypto, keys, content), hash))
		return err({code: 'METADATA_NODE_SEAL_BROKEN', address});
	return decodeTreeNode(content);
};
