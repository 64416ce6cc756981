/** Consecutive Cardano blocks as a node's immutable database holds them: [era, block] in CBOR, one after the other. */
import {checkBody} from '#consensus/block/check-body';
import {
	type CardanoBlock,
	decodeCardanoBlock,
	itemAt,
	looksLikeCardanoBlock,
} from '#consensus/cardano/cardano-block';
import type {HeaderDecodeFailure} from '#consensus/header/header';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {validateCertificate} from '#consensus/header/validate-certificate';
import {validateEnvelope} from '#consensus/header/validate-envelope';
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
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

/** The bytes of each item; what does not decode is the last one, up to the end. */
const splitItems = (bytes: Uint8Array): readonly Uint8Array[] => {
	const items: Uint8Array[] = [];
	for (let start = 0; start < bytes.length; ) {
		const taken = itemAt(bytes, start) ?? bytes.subarray(start);
		items.push(taken);
		start += taken.length;
	}
	return items;
};

type Entry = {
	readonly block: Result<CardanoBlock, CborFailure | HeaderDecodeFailure>;
	readonly before: CardanoBlock | undefined;
	/** Counters of the issuers met earlier in the file. */
	readonly counters: ReadonlyMap<string, bigint>;
};

const check = (crypto: Crypto, {block, before, counters}: Entry): Verdict => {
	if (!block.ok) return fails(block.error.code);
	const {
		header: {header},
		segments,
	} = block.value;
	const poolId = crypto.blake2b224(header.issuerVk);
	const outcomes = [
		...(before === undefined
			? []
			: [validateEnvelope({params: cardanoParams, parent: before.header.header}, header)]),
		checkBody(crypto, header, segments),
		validateCertificate({crypto, params: cardanoParams}, header),
		...(counters.has(toHex(poolId))
			? [checkCounter({counters}, {pool: () => undefined}, poolId, header)]
			: []),
	];
	return verdictOf(outcomes.map(outcome => (outcome.ok ? undefined : outcome.error.code)));
};

const entriesOf = (crypto: Crypto, file: ConformanceFile): readonly Entry[] => {
	let before: CardanoBlock | undefined;
	let counters: ReadonlyMap<string, bigint> = new Map();
	return splitItems(file.bytes).map(item => {
		const entry = {block: decodeCardanoBlock(crypto, item), before, counters};
		before = entry.block.ok ? entry.block.value : undefined;
		if (before !== undefined) {
			const {issuerVk, operationalCertificate} = before.header.header;
			const poolId = toHex(crypto.blake2b224(issuerVk));
			const {counter} = operationalCertificate;
			if (counters.get(poolId) !== counter) counters = new Map(counters).set(poolId, counter);
		}
		return entry;
	});
};

export const blockChunk: ConformanceKind = {
	name: 'block chunk',
	recognise: (crypto, files) => {
		const used = files.filter(file => looksLikeCardanoBlock(file.bytes));
		const cases = used.flatMap(file =>
			entriesOf(crypto, file).map(
				(entry, index): ConformanceCase => ({
					name: `${file.name}: block ${index + 1}${entry.block.ok ? `, slot ${entry.block.value.header.header.slot}` : ''}`,
					check: () => check(crypto, entry),
				}),
			),
		);
		return {used, cases};
	},
};
