import {decodeUtf8} from '#kernel/utf8';
import {FORK_VECTOR_FORMAT} from '../fork-choice/fork-vector.ts';
import {parseForkVector} from '../fork-choice/parse-fork-vector.ts';
import {playForkVector} from '../fork-choice/play-fork-vector.ts';
import {type ConformanceCase, type ConformanceFile, type ConformanceKind, fails, holds} from '../kind.ts';

/** The format is named near the beginning, comments before it aside. */
const HEAD_BYTES = 4096;
const FORMAT = new RegExp(String.raw`^format:\s*["']?${FORK_VECTOR_FORMAT}["']?\s*$`, 'm');

const isVector = ({bytes}: ConformanceFile): boolean => {
	// A character may be cut in two at the end; ASCII comes before.
	const head = bytes.subarray(0, HEAD_BYTES).filter(byte => byte < 0x80);
	return FORMAT.test(decodeUtf8(head) ?? '');
};

export const forkChoiceVectors: ConformanceKind = {
	name: 'fork choice',
	recognise: (crypto, files) => {
		const used = files.filter(isVector);
		const cases = used.map(({name, bytes}): ConformanceCase => {
			const vector = parseForkVector(bytes);
			if (!vector.ok) return {name, check: () => fails(JSON.stringify(vector.error))};
			return {
				name: `${name}: ${vector.value.title}`,
				check: () => {
					const complaint = playForkVector(crypto, vector.value);
					return complaint === undefined ? holds : fails(complaint);
				},
			};
		});
		return {used, cases};
	},
};
