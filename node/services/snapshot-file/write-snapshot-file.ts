import type {Hasher} from '#crypto/crypto';
import {concat} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {
	blocksCodec,
	endCodec,
	fileHead,
	firstCheck,
	manifestCodec,
	RECORD,
	RECORD_BYTES,
	type RecordKind,
	recordHead,
	type SnapshotManifest,
} from './snapshot-file.ts';

export type SnapshotContents = {
	readonly manifest: Omit<SnapshotManifest, 'ledgerBytes' | 'praosBytes'>;
	/** In the codecs of their owners. */
	readonly state: Uint8Array;
	readonly praosState: Uint8Array;
	/** The bytes of the block that the states are after. */
	readonly block: Uint8Array;
	/** The blocks since, from old to new. */
	readonly blocks: AsyncIterable<{readonly bytes: Uint8Array; readonly hash: HeaderHash}>;
};

type Item = readonly [kind: RecordKind, payload: Uint8Array];

const parts = function* (kind: RecordKind, bytes: Uint8Array): Generator<Item, void, undefined> {
	for (let at = 0; at < bytes.length; at += RECORD_BYTES) yield [kind, bytes.subarray(at, at + RECORD_BYTES)];
};

async function* items({
	manifest,
	state,
	praosState,
	block,
	blocks,
}: SnapshotContents): AsyncGenerator<Item, void, undefined> {
	const lengths = {ledgerBytes: state.length, praosBytes: praosState.length};
	yield [RECORD.manifest, encode(manifestCodec, {...manifest, ...lengths})];
	yield* parts(RECORD.praosState, praosState);
	yield* parts(RECORD.ledgerState, state);
	yield [RECORD.block, block];
	let tip = manifest.hash;
	let count = 0;
	let batch: Uint8Array[] = [];
	let batchBytes = 0;
	for await (const {bytes, hash} of blocks) {
		batch.push(bytes);
		batchBytes += bytes.length;
		tip = hash;
		count++;
		if (batchBytes < RECORD_BYTES) continue;
		yield [RECORD.blocks, encode(blocksCodec, batch)];
		batch = [];
		batchBytes = 0;
	}
	if (batch.length > 0) yield [RECORD.blocks, encode(blocksCodec, batch)];
	yield [RECORD.end, encode(endCodec, {blocks: count, tip})];
}

/** The bytes of a snapshot file, piece by piece: as much as one record in memory besides the state. */
export async function* writeSnapshotFile(
	hasher: Hasher,
	contents: SnapshotContents,
): AsyncGenerator<Uint8Array, void, undefined> {
	yield fileHead();
	let check: Uint8Array = firstCheck(hasher);
	for await (const [kind, payload] of items(contents)) {
		const head = recordHead(kind, payload.length);
		check = hasher.blake2b256(check, head, payload);
		yield concat(head, payload, check);
	}
}
