import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {ByteSource} from './byte-source.ts';
import {
	CHECK_BYTES,
	firstCheck,
	HEAD_BYTES,
	MAGIC,
	RECORD,
	RECORD_BYTES_MAX,
	RECORD_HEAD_BYTES,
	type SnapshotFileFailure,
	VERSION,
} from './snapshot-file.ts';

export type SnapshotRecord = {
	readonly kind: number;
	readonly payload: Uint8Array;
	/** Where the record begins. */
	readonly at: number;
};

type Read<T> = Result<T, SnapshotFileFailure>;

const readHead = async (source: ByteSource): Promise<Read<void>> => {
	const head = await source.take(HEAD_BYTES);
	if (head === undefined || !equalBytes(head.subarray(0, MAGIC.length), MAGIC))
		return err({code: 'SNAPSHOT_FILE_UNKNOWN'});
	const version = ((head[HEAD_BYTES - 2] ?? 0) << 8) | (head[HEAD_BYTES - 1] ?? 0);
	return version === VERSION ? ok(undefined) : err({code: 'SNAPSHOT_FILE_VERSION', version, known: VERSION});
};

const lengthOf = (head: Uint8Array): number =>
	new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(1);

/** The next record, whose check holds over it and all before it. */
const readRecord = async (
	source: ByteSource,
	hasher: Hasher,
	before: Uint8Array,
): Promise<Read<{readonly record: SnapshotRecord; readonly check: Uint8Array}>> => {
	const at = source.position;
	const head = await source.take(RECORD_HEAD_BYTES);
	if (head === undefined) return err({code: 'SNAPSHOT_FILE_TRUNCATED', at});
	const length = lengthOf(head);
	if (length > RECORD_BYTES_MAX)
		return err({code: 'SNAPSHOT_FILE_DAMAGED', at, problem: `a record of ${length} bytes`});
	const payload = await source.take(length);
	const check = payload && (await source.take(CHECK_BYTES));
	if (payload === undefined || check === undefined)
		return err({code: 'SNAPSHOT_FILE_TRUNCATED', at: source.position});
	if (!equalBytes(check, hasher.blake2b256(before, head, payload)))
		return err({code: 'SNAPSHOT_FILE_DAMAGED', at, problem: 'a checksum does not hold'});
	return ok({record: {kind: head[0] ?? 0, payload, at}, check});
};

/**
 * The records of a file up to its end, each as soon as its check holds; ends after the first failure. Holds one record
 * in memory, whatever the file says.
 */
export async function* readRecords(
	hasher: Hasher,
	chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Read<SnapshotRecord>, void, undefined> {
	const source = new ByteSource(chunks);
	try {
		const head = await readHead(source);
		if (!head.ok) return yield head;
		let check: Uint8Array = firstCheck(hasher);
		for (;;) {
			const read = await readRecord(source, hasher, check);
			if (!read.ok) return yield read;
			check = read.value.check;
			yield ok(read.value.record);
			if (read.value.record.kind === RECORD.end) break;
		}
		if (!(await source.isAtEnd()))
			yield err({code: 'SNAPSHOT_FILE_DAMAGED', at: source.position, problem: 'bytes after the end'});
	} finally {
		await source.close();
	}
}
