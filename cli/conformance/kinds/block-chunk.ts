/** Consecutive Cardano blocks as a node's immutable database holds them: [era, block] in CBOR, one after the other. */
import {type Block, type BlockDecodeFailure, decodeBlock} from '#consensus/block/block';
import {checkBody} from '#consensus/block/check-body';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {validateCertificate} from '#consensus/header/validate-certificate';
import {validateEnvelope} from '#consensus/header/validate-envelope';
import {readArray} from '#consensus/read-array';
import type {Crypto, Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Result} from '#kernel/result';
import {cardanoParams} from '../cardano-params.ts';
import {verdictOf} from '../fields.ts';
import {
	type ConformanceCase,
	type ConformanceFile,
	type ConformanceKind,
	fails,
	type Verdict,
} from '../kind.ts';

const ERA_MAX = 23;
const DEPTH_MAX = 1024;
const lenient = {canonical: false, depthMax: DEPTH_MAX};

/** Whether the bytes begin as [era, [[[.. do. */
const looksLikeChunk = (bytes: Uint8Array): boolean => {
	if (bytes.length < 200) return false;
	const begins = decodeWith(
		bytes,
		reader => {
			reader.arrayOf(2);
			reader.uint(ERA_MAX);
			for (let depth = 0; depth < 3; depth++) reader.array();
			reader.position = reader.end;
		},
		lenient,
	);
	return begins.ok;
};

/** The bytes of each item; what does not decode is the last one, up to the end. */
const splitItems = (bytes: Uint8Array): readonly Uint8Array[] => {
	const items: Uint8Array[] = [];
	for (let start = 0; start < bytes.length; ) {
		const item = decodeWith(
			bytes,
			reader => {
				const skipped = reader.skip();
				reader.position = reader.end;
				return skipped;
			},
			{...lenient, start},
		);
		const taken = item.ok ? item.value : bytes.subarray(start);
		items.push(taken);
		start += taken.length;
	}
	return items;
};

const readBlock = (hasher: Hasher, item: Uint8Array): Result<Block, CborFailure | BlockDecodeFailure> => {
	const block = decodeWith(
		item,
		reader =>
			readArray(reader, 2, () => {
				reader.uint(ERA_MAX);
				return reader.skip();
			}),
		lenient,
	);
	return block.ok ? decodeBlock(hasher, block.value, {canonical: false}) : block;
};

type Entry = {
	readonly block: Result<Block, CborFailure | BlockDecodeFailure>;
	readonly before: Block | undefined;
	/** Counters of the issuers met earlier in the file. */
	readonly counters: ReadonlyMap<string, bigint>;
};

const check = (crypto: Crypto, {block, before, counters}: Entry): Verdict => {
	if (!block.ok) return fails(block.error.code);
	const {header, segments} = block.value;
	const poolId = crypto.blake2b224(header.issuerVk);
	const outcomes = [
		...(before === undefined
			? []
			: [validateEnvelope({params: cardanoParams, parent: before.header}, header)]),
		checkBody(crypto, header, segments),
		validateCertificate({crypto, params: cardanoParams}, header),
		...(counters.has(toHex(poolId))
			? [checkCounter({counters}, {pool: () => undefined}, poolId, header)]
			: []),
	];
	return verdictOf(outcomes.map(outcome => (outcome.ok ? undefined : outcome.error.code)));
};

const entriesOf = (crypto: Crypto, file: ConformanceFile): readonly Entry[] => {
	let before: Block | undefined;
	let counters: ReadonlyMap<string, bigint> = new Map();
	return splitItems(file.bytes).map(item => {
		const entry = {block: readBlock(crypto, item), before, counters};
		before = entry.block.ok ? entry.block.value : undefined;
		if (before !== undefined) {
			const poolId = toHex(crypto.blake2b224(before.header.issuerVk));
			const {counter} = before.header.operationalCertificate;
			if (counters.get(poolId) !== counter) counters = new Map(counters).set(poolId, counter);
		}
		return entry;
	});
};

export const blockChunk: ConformanceKind = {
	name: 'block chunk',
	recognise: (crypto, files) => {
		const used = files.filter(file => looksLikeChunk(file.bytes));
		const cases = used.flatMap(file =>
			entriesOf(crypto, file).map(
				(entry, index): ConformanceCase => ({
					name: `${file.name}: block ${index + 1}${entry.block.ok ? `, slot ${entry.block.value.header.slot}` : ''}`,
					check: () => check(crypto, entry),
				}),
			),
		);
		return {used, cases};
	},
};
