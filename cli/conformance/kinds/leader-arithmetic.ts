/**
 * Lines `x a b => exp ln threshold approx cmp iterations`: inputs are integers scaled by 10^34; results e^x, -ln a,
 * 1 - (1 - f)^b with f = 1/10, and how 1/(1 - a) compares with e^(-b ln(1 - f)) (cardano-ledger's golden form).
 */
import {compareExponential} from '#consensus/leader/compare-exponential';
import {exponential} from '#consensus/leader/exponential';
import {divide, type Fixed, multiply, ONE} from '#consensus/leader/fixed-point';
import {logarithm, power} from '#consensus/leader/logarithm';
import {decodeUtf8} from '#kernel/utf8';
import {verdictOf} from '../fields.ts';
import {type ConformanceFile, type ConformanceKind, fails, type Verdict} from '../kind.ts';

const LINE =
	/^(\d{1,40}) (\d{1,40}) (\d{1,40}) => (-?\d+\.\d{34}) (-?\d+\.\d{34}) (-?\d+\.\d{34}) (-?\d+\.\d{34}) (GT|LT|UNKNOWN) (\d+)$/;
/** Tells the kind: three integers and an arrow. */
const FIRST_LINE = /^\d{1,40} \d{1,40} \d{1,40} => /;
const ONE_MINUS_F: Fixed = ONE - ONE / 10n;
const BOUND = 3n;
/** e^100 and more take minutes and mean nothing: probabilities and stakes are at most 1. */
const INPUT_MAX: Fixed = 100n * ONE;

const names = {above: 'GT', below: 'LT', unknown: 'UNKNOWN'} as const;

const format = (value: Fixed): string => {
	const digits = (value < 0n ? -value : value).toString().padStart(35, '0');
	return `${value < 0n ? '-' : ''}${digits.slice(0, -34)}.${digits.slice(-34)}`;
};

const differs = (name: string, actual: string, expected: string | undefined): string | undefined =>
	actual === expected ? undefined : `${name} is ${actual}, not ${expected}`;

const checkLine = (line: string): Verdict => {
	const parts = LINE.exec(line);
	if (parts === null) return fails('not "x a b => exp ln threshold approx cmp iterations"');
	const [x, a, b] = [parts[1], parts[2], parts[3]].map(text => BigInt(text ?? '0')) as [
		bigint,
		bigint,
		bigint,
	];
	if (x > INPUT_MAX || a <= 0n || a >= ONE || b > INPUT_MAX) return fails('inputs out of range');
	const comparison = compareExponential(BOUND, divide(ONE, ONE - a), -multiply(b, logarithm(ONE_MINUS_F)));
	return verdictOf([
		differs('exp', format(exponential(x)), parts[4]),
		differs('ln', format(-logarithm(a)), parts[5]),
		differs('threshold', format(ONE - power(ONE_MINUS_F, b)), parts[6]),
		differs('approx', format(comparison.approximation), parts[7]),
		differs('cmp', names[comparison.order], parts[8]),
		differs('iterations', String(comparison.iterations), parts[9]),
	]);
};

const linesOf = (file: ConformanceFile): readonly string[] | undefined => {
	if ((file.bytes[0] ?? 0) >> 4 !== 3) return undefined;
	const text = decodeUtf8(file.bytes);
	return text !== undefined && FIRST_LINE.test(text)
		? text.split(/\r?\n/).filter(line => line.trim() !== '')
		: undefined;
};

export const leaderArithmetic: ConformanceKind = {
	name: 'leader arithmetic',
	recognise: (_crypto, files) => {
		const found = files.flatMap(file => {
			const lines = linesOf(file);
			return lines === undefined ? [] : [{file, lines}];
		});
		const cases = found.flatMap(({file, lines}) =>
			lines.map((line, index) => ({
				name: `${file.name}: line ${index + 1}`,
				check: () => checkLine(line.trim()),
			})),
		);
		return {used: found.map(({file}) => file), cases};
	},
};
