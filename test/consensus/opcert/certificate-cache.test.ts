import test from 'ava';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {crypto} from '../../support/crypto.ts';

const parts = (mark: number) =>
	[new Uint8Array(32).fill(mark), new Uint8Array(48), new Uint8Array(64)] as const;

test('verifies once what holds, and each time what does not', t => {
	const cache = new CertificateCache();
	let calls = 0;
	const answer = (value: boolean) => () => {
		calls++;
		return value;
	};
	t.false(cache.holds(crypto, parts(1), answer(false)));
	t.true(cache.holds(crypto, parts(1), answer(true)));
	t.true(cache.holds(crypto, parts(1), answer(false)));
	t.is(calls, 2);
	t.false(cache.holds(crypto, parts(2), answer(false)));
	t.is(calls, 3);
});

test('forgets the oldest when many pools come', t => {
	const cache = new CertificateCache();
	const part = (number: number) =>
		[new Uint8Array(32), Uint8Array.of(number & 255, number >> 8), new Uint8Array(64)] as const;
	for (let number = 0; number <= 8192; number++) cache.holds(crypto, part(number), () => true);
	t.is(cache.size, 8192);
	t.false(cache.holds(crypto, part(0), () => false));
	t.true(cache.holds(crypto, part(1), () => false));
	t.true(cache.holds(crypto, part(8192), () => false));
});
