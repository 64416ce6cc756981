/** `dcloud/kernel`: the words that every other entry uses. */
export {concat, equalBytes, fromHex, parseHex, toHex} from '#kernel/bytes';
export {
	bool,
	bytes,
	bytesBetween,
	type Codec,
	decode,
	encode,
	list,
	lovelace,
	nullable,
	record,
	text,
	u64,
	uint,
	variant,
} from '#kernel/cbor/codec';
export type {CborFailure} from '#kernel/cbor/failure';
export {
	type AccountId,
	type GenesisHash,
	Hash28,
	Hash32,
	type HeaderHash,
	type PoolId,
	type TxId,
} from '#kernel/hash';
export {addLovelace, Lovelace, subtractLovelace} from '#kernel/lovelace';
export {NodeError, type NodeErrorDetail} from '#kernel/node-error';
export type {Point, Tip} from '#kernel/point';
export {compareRatios, parseRatio, Ratio} from '#kernel/ratio';
export {type Err, err, type Failure, type Ok, ok, type Result} from '#kernel/result';
export {BlockNo, Epoch, KesPeriod, Slot} from '#kernel/slot';
