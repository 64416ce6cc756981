/**
 * What node-to-node messages carry, one item a file, as ouroboros-consensus writes its golden files: headers and
 * transactions `[era, 24(bytes)]`, ids `[era, bytes32]`, blocks `24(bytes)`, and Byron's own forms of them.
 */
import {type Codec, decodeWith, encode} from '#kernel/cbor/codec';
import {embedded, embeddedOfEra, txIdOfEra} from '#relay/protocols/wire';
import {difference, verdictOf} from '../fields.ts';
import type {ConformanceFile, ConformanceKind, Verdict} from '../kind.ts';

/** Far above any header; transactions are shorter. Longer files are something else. */
const FILE_BYTES_MAX = 200_000;

const TAG_24 = [0xd8, 0x18];

/** Told by the first bytes; what follows decides whether the case holds. */
const codecFor = (bytes: Uint8Array): Codec<unknown> | undefined => {
	const [first, second, third, fourth] = bytes;
	if (first === TAG_24[0] && second === TAG_24[1]) return embedded as Codec<unknown>;
	if (first !== 0x82 || second === undefined || second > 0x17) return undefined;
	// Byron: the item is a pair of its own, which a block (of three parts) is not.
	if (second === 0) return third === 0x82 ? (embeddedOfEra as Codec<unknown>) : undefined;
	if (third === TAG_24[0] && fourth === TAG_24[1]) return embeddedOfEra as Codec<unknown>;
	return third === 0x58 && fourth === 0x20 ? (txIdOfEra as Codec<unknown>) : undefined;
};

const rewritten = (codec: Codec<unknown>, bytes: Uint8Array): Verdict => {
	const item = decodeWith(bytes, reader => codec.read(reader), {canonical: false});
	if (!item.ok) return {ok: false, why: `does not decode: ${item.error.code} at byte ${item.error.at}`};
	return verdictOf([difference('the item written again', encode(codec, item.value), bytes)]);
};

export const n2nGolden: ConformanceKind = {
	name: 'node-to-node golden files',
	recognise: (_crypto, files) => {
		const used: ConformanceFile[] = [];
		for (const file of files)
			if (file.bytes.length <= FILE_BYTES_MAX && codecFor(file.bytes) !== undefined) used.push(file);
		return {
			used,
			cases: used.map(({name, bytes}) => ({
				name,
				check: () => rewritten(codecFor(bytes) ?? embedded, bytes),
			})),
		};
	},
};
