import test from 'ava';
import fc from 'fast-check';
import {parseMargin} from '#cli/commands/pool';
import {countOption} from '#cli/count-option';
import {decode, encode, ratio} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {Ratio} from '#kernel/ratio';

const codeOf = (read: () => unknown): string | undefined => {
	try {
		read();
		return undefined;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
};

test('reads a margin in each of its forms, in lowest terms', t => {
	for (const text of ['5%', '0.05', '1/20', '5/100', '5.00%'])
		t.deepEqual(parseMargin(text), Ratio(1n, 20n), text);
	t.deepEqual(parseMargin('100%'), Ratio(1n, 1n));
	t.deepEqual(parseMargin('0'), Ratio(0n, 1n));
});

test('refuses a margin above 1 and what is none', t => {
	for (const text of ['101%', '1.01', '2', '', '%', '-1%', '3 %', '1/0'])
		t.is(
			codeOf(() => parseMargin(text)),
			'MARGIN_MALFORMED',
			text,
		);
});

test('every margin that is read can go over the wire', t => {
	fc.assert(
		fc.property(fc.integer({min: 0, max: 100}), fc.integer({min: 0, max: 99}), (percent, part) => {
			const text = percent === 100 ? '100%' : `${percent}.${part}%`;
			const margin = parseMargin(text);
			t.deepEqual(decode(ratio, encode(ratio, margin)), {ok: true, value: margin});
		}),
	);
});

test('reads whole numbers up to a limit, and names the option as users write it', t => {
	t.is(countOption({validUntil: '100'}, 'validUntil'), 100);
	t.is(countOption({}, 'validUntil'), undefined);
	for (const value of ['', ' ', '-1', '1.5', '0x10', '1e3', 'many', '65536', '99999999999999999999'])
		t.is(
			codeOf(() => countOption({port: value}, 'port', 65_535)),
			'OPTION_MALFORMED',
			value,
		);
	const error = t.throws(() => countOption({validUntil: 'soon'}, 'validUntil'), {instanceOf: NodeError});
	t.regex(error.message, /^--valid-until /);
});
