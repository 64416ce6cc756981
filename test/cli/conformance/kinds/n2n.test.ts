import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import type {ConformanceFile} from '#cli/conformance/kind';
import {n2nGolden} from '#cli/conformance/kinds/n2n-golden';
import {n2nMessages} from '#cli/conformance/kinds/n2n-messages';
import type {Crypto, SecretCrypto} from '#crypto/crypto';

/** Neither kind asks for any cryptography. */
const crypto = {} as Crypto & SecretCrypto;
const VECTORS = 'test/vectors/relay';

const fileAt = (path: string): ConformanceFile => ({name: path, bytes: new Uint8Array(readFileSync(path))});
const json = (value: unknown): ConformanceFile => ({
	name: 'made.json',
	bytes: new Uint8Array(Buffer.from(JSON.stringify(value))),
});
const whys = ({cases}: ReturnType<typeof n2nMessages.recognise>): (string | undefined)[] =>
	cases.map(({check}) => {
		const verdict = check();
		return verdict.ok ? undefined : verdict.why;
	});

test('34 golden messages decode and are written again byte for byte', t => {
	const found = n2nMessages.recognise(crypto, [fileAt(`${VECTORS}/n2n-messages.json`)]);
	t.is(found.cases.length, 34);
	t.deepEqual(
		whys(found).filter(why => why !== undefined),
		[],
	);
});

test('headers, blocks, transactions and ids of every era are written again byte for byte', t => {
	const files = readdirSync(`${VECTORS}/n2n-golden`).map(name => fileAt(`${VECTORS}/n2n-golden/${name}`));
	const found = n2nGolden.recognise(crypto, files);
	t.is(found.used.length, files.length);
	t.is(files.length, 43);
	t.deepEqual(
		whys(found).filter(why => why !== undefined),
		[],
	);
});

test('a message that is cut, padded, not minimal or of no protocol is a case that fails', t => {
	const messages = [
		{protocol: 'keep-alive', message: 'cut', cborHex: '820019'},
		{protocol: 'keep-alive', message: 'padded', cborHex: '820019303900'},
		{protocol: 'keep-alive', message: 'not minimal', cborHex: '82001a00003039'},
		{protocol: 'chain-sync', message: 'unknown', cborHex: '8108'},
		{protocol: 'gossip', message: 'x', cborHex: '8100'},
		{protocol: 'chain-sync', message: 'not hex', cborHex: 'xyz'},
		{protocol: 'chain-sync'},
	];
	t.deepEqual(whys(n2nMessages.recognise(crypto, [json({messages})])), [
		'does not decode: CBOR_TRUNCATED at byte 3',
		'does not decode: CBOR_TRAILING_BYTES at byte 5',
		'the message written again is 8200193039, not 82001a00003039',
		'does not decode: CBOR_UNKNOWN_VARIANT at byte 0',
		'there is no protocol gossip',
		'cborHex is not hexadecimal',
		'is not a message',
	]);
});

test('a golden file with an id of 31 bytes or a byte too many fails', t => {
	const cut = fileAt(`${VECTORS}/n2n-golden/GenTxId_Conway`).bytes;
	const files = [
		{name: 'cut', bytes: cut.subarray(0, 35)},
		{name: 'padded', bytes: Uint8Array.of(...cut, 0)},
	];
	t.deepEqual(whys(n2nGolden.recognise(crypto, files)), [
		'does not decode: CBOR_TRUNCATED at byte 2',
		'does not decode: CBOR_TRAILING_BYTES at byte 36',
	]);
});

test('files of other kinds are left alone', t => {
	const others = [
		fileAt('test/vectors/cardano/preprod-01285.chunk'),
		fileAt('package.json'),
		json([{protocol: 1}]),
		json({messages: []}),
		{name: 'empty', bytes: new Uint8Array(0)},
		{name: 'key', bytes: new Uint8Array(32).fill(0x82)},
	];
	t.deepEqual(n2nMessages.recognise(crypto, others).used, []);
	t.deepEqual(n2nGolden.recognise(crypto, others).used, []);
});
