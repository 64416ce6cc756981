import type {Hasher} from '#crypto/crypto';
import {decode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {readRecords} from './read-records.ts';
import {readSnapshotFile} from './read-snapshot-file.ts';
import {manifestCodec, RECORD, type SnapshotFileFailure, type SnapshotManifest} from './snapshot-file.ts';

export type SnapshotSummary = {
	readonly manifest: SnapshotManifest;
	/** The last block of the file. */
	readonly tip: HeaderHash;
};

/** What a file says of itself, before anything else of it is believed. */
export const readManifest = async (
	hasher: Hasher,
	chunks: AsyncIterable<Uint8Array>,
): Promise<Result<SnapshotManifest, SnapshotFileFailure>> => {
	for await (const record of readRecords(hasher, chunks)) {
		if (!record.ok) return record;
		const {kind, payload, at} = record.value;
		const manifest = kind === RECORD.manifest ? decode(manifestCodec, payload) : undefined;
		if (manifest?.ok === true) return manifest;
		return err({code: 'SNAPSHOT_FILE_MALFORMED', at, problem: 'it does not begin with a manifest'});
	}
	return err({code: 'SNAPSHOT_FILE_UNKNOWN'});
};

/** Reads a file to its end and checks that it is whole; whether it is true is for the import to say. */
export const summariseSnapshot = async (
	hasher: Hasher,
	open: () => AsyncIterable<Uint8Array>,
): Promise<Result<SnapshotSummary, SnapshotFileFailure>> => {
	const manifest = await readManifest(hasher, open());
	if (!manifest.ok) return manifest;
	const file = await readSnapshotFile(hasher, open(), manifest.value);
	if (!file.ok) return file;
	for await (const batch of file.value.batches) if (!batch.ok) return batch;
	return ok({manifest: manifest.value, tip: file.value.tip() ?? manifest.value.hash});
};
