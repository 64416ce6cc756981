import {
	type Block,
	type BlockDecodeFailure,
	decodeBlock,
	decodeBlockOf,
	type OtherBlockFailure,
} from '#consensus/block/block';
import {type BodyFailure, checkBody} from '#consensus/block/check-body';
import {checkPrunedBody, isPruned} from '#consensus/block/pruned-block';
import type {Header} from '#consensus/header/header';
import {decode} from '#kernel/cbor/codec';
import {err, ok, type Result} from '#kernel/result';
import {mainChainCodec} from '#ledger/block/block-body';
import type {BlockError} from '#ledger/block/block-error';
import type {EntryBody} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';

export type BodyRefusal = BlockDecodeFailure | BodyFailure | BlockError;

/** The heads of the block's lists come on top of header and body. */
const HEADS_BYTES_MAX = 16;

const blockBytesMax = ({headerBytesMax, bodyBytesMax}: ChainNetwork['params']): number =>
	headerBytesMax + bodyBytesMax + HEADS_BYTES_MAX;

/** Takes a block apart and checks that its body is the one that its header promises. */
export const judgeBlockBytes = (
	{env, params}: ChainNetwork,
	bytes: Uint8Array,
): Result<Block, BlockDecodeFailure | BodyFailure> => {
	const decoded = decodeBlock(env.crypto, bytes, {bytesMax: blockBytesMax(params)});
	if (!decoded.ok) return decoded;
	const checked = checkBody(env.crypto, decoded.value.header, decoded.value.segments);
	return checked.ok ? decoded : checked;
};

/** `judgeBlockBytes` of a block that this node has judged before, and may have pruned since. */
export const judgeStoredBytes = (
	network: ChainNetwork,
	bytes: Uint8Array,
): Result<Block, BlockDecodeFailure | BodyFailure> => {
	const {env, params} = network;
	const decoded = decodeBlock(env.crypto, bytes, {bytesMax: blockBytesMax(params)});
	if (!decoded.ok || !isPruned(decoded.value.segments)) return judgeBlockBytes(network, bytes);
	const checked = checkPrunedBody(env.crypto, decoded.value.header, decoded.value.segments);
	return checked.ok ? decoded : checked;
};

/** `judgeBlockBytes` of the block that a known header promises. */
export const judgeBodyOf = (
	{env, params}: ChainNetwork,
	header: Header,
	bytes: Uint8Array,
): Result<Block, BlockDecodeFailure | OtherBlockFailure | BodyFailure> => {
	const decoded = decodeBlockOf(header, bytes, {bytesMax: blockBytesMax(params)});
	if (!decoded.ok) return decoded;
	const checked = checkBody(env.crypto, header, decoded.value.segments);
	return checked.ok ? decoded : checked;
};

/** What the tree keeps of a block whose body belongs to its header. A failure here is the block's for ever. */
export const entryBody = (block: Block): Result<EntryBody, BlockError> => {
	const mainChain = decode(mainChainCodec, block.segments[2]);
	return mainChain.ok
		? ok({block, mainChain: mainChain.value})
		: err({code: 'BLOCK_SEGMENT_MALFORMED', segment: 3, failure: mainChain.error});
};
