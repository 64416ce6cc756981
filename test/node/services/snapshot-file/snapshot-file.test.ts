import test from 'ava';
import fc from 'fast-check';
import {concat, u32be} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {Hash32, type HeaderHash} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {readSnapshotFile, type SnapshotFront} from '#node/services/snapshot-file/read-snapshot-file';
import {
	blocksCodec,
	endCodec,
	fileHead,
	firstCheck,
	manifestCodec,
	RECORD,
	RECORD_BYTES,
	RECORD_BYTES_MAX,
	recordHead,
	type SnapshotFileFailure,
	type SnapshotManifest,
} from '#node/services/snapshot-file/snapshot-file';
import {writeSnapshotFile} from '#node/services/snapshot-file/write-snapshot-file';
import {crypto} from '../../../support/crypto.ts';
import {flipped} from '../../../support/praos.ts';

const hash = (byte: number): HeaderHash => Hash32(new Uint8Array(32).fill(byte));
const genesisHash = hash(1);

const manifest = {
	genesisHash,
	period: 3,
	hash: hash(2),
	blockNo: BlockNo(149),
	slot: Slot(149),
	stateRoot: hash(3),
	blocks: 2,
	software: 'dcloud 0.1.0',
};
const contents = {
	manifest,
	state: new Uint8Array(70).fill(5),
	praosState: new Uint8Array(20).fill(6),
	block: new Uint8Array(30).fill(7),
};
const sinceBlocks = [
	{bytes: new Uint8Array(40).fill(8), hash: hash(8)},
	{bytes: new Uint8Array(50).fill(9), hash: hash(9)},
];

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void, undefined> {
	for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T, void, undefined> {
	yield* values;
}

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return concat(...parts);
};

const fileOf = (change: Partial<typeof contents> = {}, blocks = sinceBlocks): Promise<Uint8Array> => {
	const given = {...contents, ...change};
	return collect(
		writeSnapshotFile(crypto, {
			...given,
			manifest: {...given.manifest, blocks: blocks.length},
			blocks: each(blocks),
		}),
	);
};

type Whole = SnapshotFront & {readonly blocks: readonly Uint8Array[]; readonly tip: HeaderHash | undefined};

const read = async (
	bytes: Uint8Array,
	{length = 64, of = genesisHash}: {readonly length?: number; readonly of?: HeaderHash} = {},
): Promise<Result<Whole, SnapshotFileFailure>> => {
	const file = await readSnapshotFile(crypto, chunksOf(bytes, length), {genesisHash: of});
	if (!file.ok) return file;
	const blocks: Uint8Array[] = [];
	for await (const batch of file.value.batches) {
		if (!batch.ok) return batch;
		blocks.push(...batch.value);
	}
	const {manifest: front, state, praosState, block} = file.value;
	return {ok: true, value: {manifest: front, state, praosState, block, blocks, tip: file.value.tip()}};
};

/** A file of any records, with checks that hold. */
const sealed = (...records: readonly (readonly [kind: number, payload: Uint8Array])[]): Uint8Array => {
	let check: Uint8Array = firstCheck(crypto);
	const parts = [fileHead()];
	for (const [kind, payload] of records) {
		const head = recordHead(kind, payload.length);
		check = crypto.blake2b256(check, head, payload);
		parts.push(head, payload, check);
	}
	return concat(...parts);
};

const whole: SnapshotManifest = {...manifest, ledgerBytes: 70, praosBytes: 20};
const manifestRecord = (change: Partial<SnapshotManifest> = {}): readonly [number, Uint8Array] => [
	RECORD.manifest,
	encode(manifestCodec, {...whole, ...change}),
];
const front = [
	manifestRecord(),
	[RECORD.praosState, contents.praosState],
	[RECORD.ledgerState, contents.state],
	[RECORD.block, contents.block],
] as const;
const blocksRecord = [
	RECORD.blocks,
	encode(
		blocksCodec,
		sinceBlocks.map(({bytes}) => bytes),
	),
] as const;
const endRecord = (blocks: number) => [RECORD.end, encode(endCodec, {blocks, tip: hash(9)})] as const;

const codeOf = async (bytes: Uint8Array): Promise<string | undefined> => {
	const result = await read(bytes);
	return result.ok ? undefined : result.error.code;
};

const file = await fileOf();

test('gives back what was written, however the bytes come', async t => {
	const expected = {
		...contents,
		manifest: whole,
		blocks: sinceBlocks.map(({bytes}) => bytes),
		tip: hash(9),
	};
	for (const length of [1, 7, 64, 1 << 20])
		t.deepEqual(await read(file, {length}), {ok: true, value: expected});
	t.deepEqual(file, sealed(...front, blocksRecord, endRecord(2)));
});

test('cuts long states and many blocks into records', async t => {
	const state = crypto.blake2b256(Uint8Array.of(1));
	const long = new Uint8Array(2 * RECORD_BYTES + 10).map((_, index) => state[index % 32] ?? 0);
	const many = Array.from({length: 14}, (_, index) => ({
		bytes: new Uint8Array(90_000).fill(index),
		hash: hash(index),
	}));
	const result = await read(await fileOf({state: long, praosState: new Uint8Array(0)}, many));
	if (!result.ok) return t.fail(result.error.code);
	t.deepEqual(result.value.state, long);
	t.is(result.value.praosState.length, 0);
	t.deepEqual(
		result.value.blocks,
		many.map(({bytes}) => bytes),
	);
	t.deepEqual(result.value.tip, hash(13));
});

test('a file cut off anywhere is truncated', async t => {
	for (let length = 0; length < file.length; length++)
		t.is(
			await codeOf(file.subarray(0, length)),
			length < fileHead().length ? 'SNAPSHOT_FILE_UNKNOWN' : 'SNAPSHOT_FILE_TRUNCATED',
			`${length} bytes`,
		);
});

test('a file with any bit turned is refused', async t => {
	const codes = new Set<string | undefined>();
	for (let at = 0; at < file.length; at++) codes.add(await codeOf(flipped(file, at, at % 8)));
	t.deepEqual(
		codes,
		new Set([
			'SNAPSHOT_FILE_UNKNOWN',
			'SNAPSHOT_FILE_VERSION',
			'SNAPSHOT_FILE_DAMAGED',
			// A length that became larger than what is left.
			'SNAPSHOT_FILE_TRUNCATED',
		]),
	);
});

test('says which version it knows', async t => {
	const later = file.slice();
	later[9] = 2;
	t.deepEqual(await read(later), {
		ok: false,
		error: {code: 'SNAPSHOT_FILE_VERSION', version: 2, known: 1},
	});
});

test('refuses a file of another network before its states', async t => {
	const other = sealed(manifestRecord({genesisHash: hash(4)}));
	t.deepEqual(await read(other), {
		ok: false,
		error: {code: 'SNAPSHOT_FILE_OTHER_NETWORK', genesisHash: hash(4), expected: genesisHash},
	});
});

test('refuses bytes after the end and records longer than any', async t => {
	t.deepEqual(await read(concat(file, Uint8Array.of(0))), {
		ok: false,
		error: {code: 'SNAPSHOT_FILE_DAMAGED', at: file.length, problem: 'bytes after the end'},
	});
	const long = concat(fileHead(), Uint8Array.of(1), u32be(RECORD_BYTES_MAX + 1));
	t.is(await codeOf(long), 'SNAPSHOT_FILE_DAMAGED');
});

test('refuses records whose checks hold and that make no file', async t => {
	const [first, praos, state, block] = front;
	const malformed = [
		sealed(praos),
		sealed([RECORD.manifest, Uint8Array.of(0x80)]),
		sealed(first, state),
		sealed(first, praos, [RECORD.ledgerState, new Uint8Array(71)]),
		sealed(first, praos, [RECORD.ledgerState, new Uint8Array(0)]),
		sealed(first, praos, state, blocksRecord),
		sealed(first, praos, state, block, block),
		sealed(first, praos, state, block, [RECORD.blocks, Uint8Array.of(0x81, 0x40)], endRecord(1)),
		sealed(...front, blocksRecord, endRecord(1)),
		sealed(...front, endRecord(0)),
		sealed(...front, [RECORD.end, Uint8Array.of(0)]),
		sealed(...front, [99, Uint8Array.of(0)]),
	];
	for (const [index, bytes] of malformed.entries())
		t.is(await codeOf(bytes), 'SNAPSHOT_FILE_MALFORMED', `number ${index}`);
});

test('takes no memory for what a manifest promises', async t => {
	const greedy = sealed(manifestRecord({ledgerBytes: 2 ** 30, praosBytes: 0}));
	const before = process.memoryUsage().arrayBuffers;
	t.is(await codeOf(greedy), 'SNAPSHOT_FILE_TRUNCATED');
	t.true(process.memoryUsage().arrayBuffers - before < 2 ** 28);
});

test('bytes of any kind are refused and never throw', async t => {
	await fc.assert(
		fc.asyncProperty(fc.uint8Array({maxLength: 200}), fc.boolean(), async (bytes, hasHead) => {
			const result = await read(hasHead ? concat(fileHead(), bytes) : bytes);
			return !result.ok;
		}),
	);
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.integer({min: 0, max: 8}), fc.uint8Array({maxLength: 60})), {maxLength: 5}),
			async records => {
				const result = await read(sealed(manifestRecord({ledgerBytes: 30, praosBytes: 10}), ...records));
				return !result.ok;
			},
		),
	);
	t.pass();
});
