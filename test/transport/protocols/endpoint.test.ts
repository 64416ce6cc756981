import test from 'ava';
import fc from 'fast-check';
import {formatEndpoint, parseEndpoint} from '#transport/protocols/endpoint';

test('endpoints of each form are read and written back', t => {
	for (const text of ['127.0.0.1:1', 'provider-7.example.org:65535', '[::1]:3001', '[2001:db8::7]:80']) {
		const endpoint = parseEndpoint(text);
		t.is(endpoint && formatEndpoint(endpoint), text);
	}
});

test('what names no endpoint is refused', t => {
	for (const text of [
		'',
		':1',
		'a',
		'a:',
		'a:0',
		'a:65536',
		'a:01',
		'a b:1',
		'-a:1',
		'::1:80',
		'[]:1',
		'a/b:1',
	])
		t.is(parseEndpoint(text), undefined, text);
	t.is(parseEndpoint(`${'a'.repeat(64)}:1`), undefined);
	t.is(parseEndpoint(`${'a.'.repeat(200)}a:1`), undefined);
});

test('any text at all is judged without a crash', t => {
	fc.assert(fc.property(fc.string(), text => t.notThrows(() => parseEndpoint(text))));
});
