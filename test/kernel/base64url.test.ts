import test from 'ava';
import fc from 'fast-check';
import {parseBase64url, toBase64url} from '#kernel/base64url';

test('bytes become the text that everybody writes for them, and come back', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 100}), bytes => {
			const text = toBase64url(bytes);
			t.is(text, Buffer.from(bytes).toString('base64url'));
			t.deepEqual(parseBase64url(text), bytes);
		}),
	);
});

test('a text that is read is the only one of its bytes', t => {
	fc.assert(
		fc.property(fc.string({unit: fc.constantFrom(...'AQgw-_=+/z9 é'), maxLength: 12}), text => {
			const bytes = parseBase64url(text);
			t.true(bytes === undefined || toBase64url(bytes) === text);
		}),
		{numRuns: 500},
	);
	t.is(parseBase64url('AB'), undefined);
	t.is(parseBase64url('A'), undefined);
	t.deepEqual(parseBase64url('AA'), Uint8Array.of(0));
});
