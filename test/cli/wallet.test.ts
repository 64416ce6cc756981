import test from 'ava';
import fc from 'fast-check';
import {accountOf} from '#cli/account-id';
import {parseAmount, parseId} from '#cli/wallet';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';

const codeOf = (read: () => unknown): string | undefined => {
	try {
		read();
		return undefined;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
};

test('reads lovelace, and ADA where there is a point or the word', t => {
	const amounts: Readonly<Record<string, bigint>> = {
		'0': 0n,
		'2500000': 2_500_000n,
		'2.5': 2_500_000n,
		'2.000001': 2_000_001n,
		'3ADA': 3_000_000n,
		'3 ada': 3_000_000n,
		' 12.5 ADA ': 12_500_000n,
		'45000000000ADA': 45_000_000_000_000_000n,
	};
	for (const [text, lovelace] of Object.entries(amounts)) t.is(parseAmount(text), Lovelace(lovelace), text);
});

test('refuses what is no amount', t => {
	for (const text of [
		'',
		'ada',
		'-1',
		'+1',
		'1e6',
		'1,000',
		'1.',
		'.5',
		'1.0000001',
		'45000000000.000001',
		'99999999999999ADA',
		'0x10',
		'1 2',
		'٣',
	])
		t.is(
			codeOf(() => parseAmount(text)),
			'AMOUNT_MALFORMED',
			text,
		);
});

test('reads every amount of ADA exactly', t => {
	fc.assert(
		fc.property(fc.integer({min: 0, max: 10_000_000}), fc.integer({min: 0, max: 999_999}), (whole, part) => {
			const text = `${whole}.${String(part).padStart(6, '0')}`;
			t.is(parseAmount(text), Lovelace(BigInt(whole) * 1_000_000n + BigInt(part)));
		}),
	);
});

test('reads an id of the wanted length, in upper or lower case', t => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 28, maxLength: 28}), id => {
			t.deepEqual(parseId(toHex(id), 28, 'An account id'), id);
			t.deepEqual(parseId(toHex(id).toUpperCase(), 28, 'An account id'), id);
		}),
	);
});

test('refuses an id of another length or with other characters', t => {
	for (const text of ['', 'ab', 'ab'.repeat(27), 'ab'.repeat(29), 'zz'.repeat(28), `${'ab'.repeat(27)} b`])
		t.is(
			codeOf(() => parseId(text, 28, 'An account id')),
			'ID_MALFORMED',
			text,
		);
});

test('reads an amount or id or refuses it with its code, whatever the text is', t => {
	fc.assert(
		fc.property(
			fc.oneof(
				fc.string(),
				fc.stringMatching(/^[0-9]{0,14}(\.[0-9]{0,7})?( ada)?$/),
				fc.stringMatching(/^[0-9a-f]{54,58}$/),
			),
			text => {
				t.true(['AMOUNT_MALFORMED', undefined].includes(codeOf(() => parseAmount(text))), text);
				t.true(['ID_MALFORMED', undefined].includes(codeOf(() => parseId(text, 28, 'An account id'))), text);
			},
		),
		{numRuns: 500},
	);
});

test('an id with a digit too few or too many is no name of a file', async t => {
	const id = 'ab'.repeat(28);
	t.is(await accountOf(id.toUpperCase()), id);
	for (const wrong of [id.slice(1), `${id}a`]) {
		const error = await t.throwsAsync(accountOf(wrong), {instanceOf: NodeError});
		t.is(error.code, 'ID_MALFORMED');
	}
	t.is((await t.throwsAsync(accountOf('ab'), {instanceOf: NodeError})).code, 'FILE_NOT_FOUND');
});
