/** Damaged copies of valid bytes. */
import {concat} from '#kernel/bytes';
import type {Random} from '../simulation/random.ts';

/** Heads of CBOR items whose lengths or ends mean most: open lists, lengths of eight bytes, breaks, floats, tags. */
const HEADS = [
	0x00, 0x1b, 0x3b, 0x40, 0x5b, 0x5f, 0x7b, 0x7f, 0x80, 0x9b, 0x9f, 0xa0, 0xbb, 0xbf, 0xd8, 0xdb, 0xf6, 0xf9,
	0xfb, 0xff,
] as const;
const SPAN_MAX = 64;
const BLOWS_MAX = 4;
/** One input in so many has nothing of a valid one. */
const WHOLLY_RANDOM = 16;
const RANDOM_BYTES_MAX = 200;

type Blow = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

/** The copy that was handed in may be changed. */
const blows: readonly Blow[] = [
	(bytes, random) => {
		const at = random.below(bytes.length);
		bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
		return bytes;
	},
	(bytes, random) => {
		bytes[random.below(bytes.length)] = random.below(256);
		return bytes;
	},
	(bytes, random) => {
		bytes[random.below(bytes.length)] = random.pick(HEADS);
		return bytes;
	},
	(bytes, random) => bytes.subarray(0, 1 + random.below(bytes.length)),
	(bytes, random) => {
		const at = random.below(bytes.length + 1);
		const inserted = random.bytes(1 + random.below(9));
		if (random.chance(0.5)) inserted[0] = random.pick(HEADS);
		return concat(bytes.subarray(0, at), inserted, bytes.subarray(at));
	},
	(bytes, random) => {
		const from = random.below(bytes.length);
		const span = bytes.subarray(from, from + 1 + random.below(SPAN_MAX));
		const at = random.below(bytes.length + 1);
		return concat(bytes.subarray(0, at), span, bytes.subarray(at));
	},
	(bytes, random) => {
		const from = random.below(bytes.length);
		return concat(bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(SPAN_MAX)));
	},
	(bytes, random, corpus) => {
		const other = random.pick(corpus);
		return concat(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
	},
];

/** The next input: mostly a valid one with up to four blows. Never empty. */
export const damaged = (corpus: readonly Uint8Array[], random: Random): Uint8Array => {
	if (random.below(WHOLLY_RANDOM) === 0) return random.bytes(1 + random.below(RANDOM_BYTES_MAX));
	let bytes: Uint8Array = random.pick(corpus).slice();
	for (let left = 1 + random.below(BLOWS_MAX); left > 0 && bytes.length > 0; left--)
		bytes = random.pick(blows)(bytes, random, corpus);
	return bytes.length > 0 ? bytes : random.bytes(1);
};
