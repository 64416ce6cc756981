import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {type Codec, decode} from '#kernel/cbor/codec';
import type {GenesisHash, HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {readRecords, type SnapshotRecord} from './read-records.ts';
import {
	blocksCodec,
	endCodec,
	manifestCodec,
	RECORD,
	type SnapshotFileFailure,
	type SnapshotManifest,
} from './snapshot-file.ts';

type Read<T> = Result<T, SnapshotFileFailure>;

/** What comes before the blocks since. */
export type SnapshotFront = {
	readonly manifest: SnapshotManifest;
	readonly state: Uint8Array;
	readonly praosState: Uint8Array;
	readonly block: Uint8Array;
};

export type SnapshotFile = SnapshotFront & {
	/** The blocks since, batch by batch; ends after the first failure. Their number is that of manifest and end. */
	readonly batches: AsyncGenerator<Read<readonly Uint8Array[]>, void, undefined>;
	/** Lets go of where the file comes from. */
	close(): Promise<void>;
	/** The last block that the end names; known when the batches have come without failure. */
	tip(): HeaderHash | undefined;
};

const malformed = (at: number, problem: string): {readonly ok: false; readonly error: SnapshotFileFailure} =>
	err({code: 'SNAPSHOT_FILE_MALFORMED', at, problem});

/** Records one after the other, with a look at the next one. */
class Records {
	readonly #records: AsyncIterator<Read<SnapshotRecord>>;
	#at = 0;

	constructor(records: AsyncIterable<Read<SnapshotRecord>>) {
		this.#records = records[Symbol.asyncIterator]();
	}

	async next(): Promise<Read<SnapshotRecord>> {
		const next = await this.#records.next();
		if (next.done === true) return malformed(this.#at, 'it ends too early');
		if (next.value.ok) this.#at = next.value.value.at;
		return next.value;
	}

	/** After the end: whether nothing follows it. */
	async finish(): Promise<Read<void>> {
		const next = await this.#records.next();
		return next.done === true || next.value.ok ? ok(undefined) : next.value;
	}

	async close(): Promise<void> {
		if (this.#records.return !== undefined) await this.#records.return();
	}
}

const decodeRecord = <T>(codec: Codec<T>, {payload, at}: SnapshotRecord, problem: string): Read<T> => {
	const decoded = decode(codec, payload);
	return decoded.ok ? decoded : err({code: 'SNAPSHOT_FILE_MALFORMED', at, problem, cbor: decoded.error});
};

const readManifest = async (records: Records, expected: GenesisHash): Promise<Read<SnapshotManifest>> => {
	const first = await records.next();
	if (!first.ok) return first;
	if (first.value.kind !== RECORD.manifest)
		return malformed(first.value.at, 'it does not begin with a manifest');
	const manifest = decodeRecord(manifestCodec, first.value, 'the manifest does not decode');
	if (!manifest.ok) return manifest;
	const {genesisHash} = manifest.value;
	return equalBytes(genesisHash, expected)
		? manifest
		: err({code: 'SNAPSHOT_FILE_OTHER_NETWORK', genesisHash, expected});
};

/** The parts of a state; never more than the manifest says, whose numbers are bounded. */
const readParts = async (records: Records, kind: number, length: number): Promise<Read<Uint8Array>> => {
	const parts: Uint8Array[] = [];
	let come = 0;
	while (come < length) {
		const next = await records.next();
		if (!next.ok) return next;
		const {payload, at} = next.value;
		if (next.value.kind !== kind || payload.length === 0)
			return malformed(at, 'a part of a state is missing');
		come += payload.length;
		if (come > length) return malformed(at, 'a state is longer than the manifest says');
		parts.push(payload);
	}
	const whole = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return ok(whole);
};

const readFront = async (records: Records, genesisHash: GenesisHash): Promise<Read<SnapshotFront>> => {
	const manifest = await readManifest(records, genesisHash);
	if (!manifest.ok) return manifest;
	const praosState = await readParts(records, RECORD.praosState, manifest.value.praosBytes);
	if (!praosState.ok) return praosState;
	const state = await readParts(records, RECORD.ledgerState, manifest.value.ledgerBytes);
	if (!state.ok) return state;
	const block = await records.next();
	if (!block.ok) return block;
	if (block.value.kind !== RECORD.block)
		return malformed(block.value.at, 'the block of the state is missing');
	return ok({
		manifest: manifest.value,
		state: state.value,
		praosState: praosState.value,
		block: block.value.payload,
	});
};

type Step = {readonly batch: readonly Uint8Array[]} | {readonly tip: HeaderHash};

/** The end, when as many blocks have come as it and the manifest say. */
const readEnd = async (
	records: Records,
	record: SnapshotRecord,
	{come, announced}: {readonly come: number; readonly announced: number},
): Promise<Read<Step>> => {
	const end = decodeRecord(endCodec, record, 'the end does not decode');
	if (!end.ok) return end;
	if (end.value.blocks !== come || announced !== come)
		return malformed(record.at, 'the number of blocks is another one');
	const finished = await records.finish();
	return finished.ok ? ok({tip: end.value.tip}) : finished;
};

const readStep = async (
	records: Records,
	counts: {readonly come: number; readonly announced: number},
): Promise<Read<Step>> => {
	const next = await records.next();
	if (!next.ok) return next;
	const {kind, at} = next.value;
	if (kind === RECORD.end) return readEnd(records, next.value, counts);
	if (kind !== RECORD.blocks) return malformed(at, 'a record stands where blocks belong');
	const batch = decodeRecord(blocksCodec, next.value, 'a batch of blocks does not decode');
	return batch.ok ? ok({batch: batch.value}) : batch;
};

/** Batches up to the end, of which `ended` is told. */
async function* readBatches(
	records: Records,
	announced: number,
	ended: (tip: HeaderHash) => void,
): AsyncGenerator<Read<readonly Uint8Array[]>, void, undefined> {
	try {
		for (let come = 0; ; ) {
			const step = await readStep(records, {come, announced});
			if (!step.ok) return yield step;
			if ('tip' in step.value) return ended(step.value.tip);
			come += step.value.batch.length;
			yield ok(step.value.batch);
		}
	} finally {
		await records.close();
	}
}

/** Reads up to the blocks since; a file of another network is refused before its states are read. */
export const readSnapshotFile = async (
	hasher: Hasher,
	chunks: AsyncIterable<Uint8Array>,
	{genesisHash}: {readonly genesisHash: GenesisHash},
): Promise<Read<SnapshotFile>> => {
	const records = new Records(readRecords(hasher, chunks));
	const front = await readFront(records, genesisHash);
	if (!front.ok) {
		await records.close();
		return front;
	}
	let tip: HeaderHash | undefined;
	const batches = readBatches(records, front.value.manifest.blocks, last => {
		tip = last;
	});
	return ok({...front.value, batches, close: () => records.close(), tip: () => tip});
};
