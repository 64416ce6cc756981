import test from 'ava';
import fc from 'fast-check';
import {
	entropyOfSecret,
	type PhraseShare,
	parseShare,
	shareableSecret,
	sharesToCombine,
	shareText,
} from '#crypto/recovery/phrase-share';
import {crypto} from '../../support/crypto.ts';

const share = (number: number, changed: Partial<PhraseShare> = {}): PhraseShare => ({
	setId: Uint8Array.of(1, 2, 3, 4),
	threshold: 3,
	total: 5,
	number,
	share: new Uint8Array(37).fill(number),
	...changed,
});

test('a share is read back however its digits are grouped', t => {
	const text = shareText(crypto, share(2));
	t.deepEqual(parseShare(crypto, `\n ${text.toUpperCase()} `), {ok: true, value: share(2)});
	const regrouped = `dcloud-share-1-${text
		.slice(15)
		.replaceAll('-', '')
		.replace(/(.{5})/gu, '$1 ')}`;
	t.deepEqual(parseShare(crypto, regrouped), {ok: true, value: share(2)});
});

test('a changed or missing digit is noticed', t => {
	const text = shareText(crypto, share(1));
	fc.assert(
		fc.property(
			fc.integer({min: 15, max: text.length - 1}),
			fc.constantFrom(...'0123456789abcdef'),
			(at, digit) => {
				if (text[at] === '-' || text[at] === digit) return;
				const changed = parseShare(crypto, text.slice(0, at) + digit + text.slice(at + 1));
				t.deepEqual(changed, {ok: false, error: {code: 'SHARE_CHECKSUM_WRONG'}});
			},
		),
	);
	t.false(parseShare(crypto, text.slice(0, -1)).ok);
	t.deepEqual(parseShare(crypto, text.slice(0, -2)), {ok: false, error: {code: 'SHARE_CHECKSUM_WRONG'}});
});

test('what is no share is malformed and never throws', t => {
	fc.assert(
		fc.property(fc.string({maxLength: 600}), text => {
			t.false(parseShare(crypto, text).ok);
			t.false(parseShare(crypto, `dcloud-share-1-${text}`).ok);
		}),
	);
});

test('shares of two sets, too few shares and one share twice are told apart', t => {
	t.deepEqual(sharesToCombine([]), {ok: false, error: {code: 'SHARES_TOO_FEW', needed: 2, given: 0}});
	t.deepEqual(sharesToCombine([share(1), share(1), share(2)]), {
		ok: false,
		error: {code: 'SHARES_TOO_FEW', needed: 3, given: 2},
	});
	const other = share(3, {setId: Uint8Array.of(9, 9, 9, 9)});
	t.deepEqual(sharesToCombine([share(1), share(2), other]), {
		ok: false,
		error: {code: 'SHARES_OF_DIFFERENT_SETS'},
	});
	t.deepEqual(sharesToCombine([share(4), share(1), share(5), share(2)]), {
		ok: true,
		value: [share(4), share(1), share(5)],
	});
});

test('bytes that are not the shared secret give no phrase', t => {
	const entropy = Uint8Array.from({length: 32}, (_, index) => index);
	const secret = shareableSecret(crypto, entropy);
	t.deepEqual(entropyOfSecret(crypto, secret), entropy);
	for (let at = 0; at < secret.length; at++)
		t.is(entropyOfSecret(crypto, secret.with(at, (secret[at] ?? 0) ^ 1)), undefined);
});
