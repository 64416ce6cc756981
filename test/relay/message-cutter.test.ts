import test from 'ava';
import fc from 'fast-check';
import {CborStop} from '#kernel/cbor/failure';
import {CborReader} from '#kernel/cbor/reader';
import {MessageCutter} from '#relay/message-cutter';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Items of every shape: nested, indefinite, tagged, strings long and short, floats, simple values. */
const ITEMS = [
	'00',
	'1903e8',
	'3903e7',
	'1b0020000000000000',
	'40',
	'43010203',
	`581e${'00'.repeat(30)}`,
	'6161',
	'80',
	'83010203',
	'9f018202039f0405ffff',
	'a20102a003',
	'bf0102ff',
	'd81843010203',
	'c249010000000000000000',
	'5f42010243030405ff',
	'5fff',
	'7f61616162ff',
	'f4',
	'f6',
	'f818',
	'f93c00',
	'fb3ff199999999999a',
	'8204d818458206820102',
	'8200a40782 02f4088202f4098202f40a8202f4',
].map(hex);

const cut = (stream: Uint8Array, cuts: readonly number[], max = 100_000): readonly string[] => {
	const cutter = new MessageCutter(max);
	const messages: string[] = [];
	const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.length];
	for (let index = 1; index < edges.length; index++)
		cutter.push(stream.slice(edges[index - 1], edges[index]), message => {
			messages.push(Buffer.from(message).toString('hex'));
		});
	return messages;
};

const STREAM = new Uint8Array(Buffer.concat(ITEMS));
const EXPECTED = ITEMS.map(item => Buffer.from(item).toString('hex'));

test('messages come out whole wherever a stream is cut in two', t => {
	for (let at = 0; at <= STREAM.length; at++) t.deepEqual(cut(STREAM, [at]), EXPECTED, `cut at ${at}`);
});

test('messages come out whole from single bytes and from any cuts', t => {
	t.deepEqual(cut(STREAM, [...STREAM.keys()]), EXPECTED);
	fc.assert(
		fc.property(fc.array(fc.nat({max: STREAM.length}), {maxLength: 20}), cuts => {
			t.deepEqual(cut(STREAM, cuts), EXPECTED);
		}),
		{numRuns: 300},
	);
});

test('a long message in many pieces is handed over whole and does not change later', t => {
	const block = hex(`8204d8185a00010000${'ab'.repeat(65_536)}`);
	const messages: Uint8Array[] = [];
	const cutter = new MessageCutter(100_000);
	const twice = new Uint8Array(Buffer.concat([block, block]));
	for (let at = 0; at < twice.length; at += 1_000)
		cutter.push(twice.slice(at, at + 1_000), message => void messages.push(message));
	t.is(messages.length, 2);
	for (const message of messages) t.deepEqual(Buffer.from(message), Buffer.from(block));
	t.is(cutter.pendingBytes, 0);
});

test('the scanner ends an item where the strict reader does, whatever the bytes', t => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 1, maxLength: 60}), fc.nat(), (bytes, at) => {
			const reader = new CborReader(bytes, {canonical: false});
			let expected: string;
			try {
				expected = Buffer.from(reader.skip()).toString('hex');
			} catch (error) {
				t.true(error instanceof CborStop);
				return;
			}
			t.is(cut(bytes.subarray(0, reader.position), [at % (reader.position + 1)])[0], expected);
		}),
		{numRuns: 2_000},
	);
});

test('random bytes in random pieces either wait for more or stop with a code', t => {
	fc.assert(
		fc.property(
			fc.uint8Array({maxLength: 300}),
			fc.array(fc.nat({max: 300}), {maxLength: 9}),
			(bytes, cuts) => {
				try {
					cut(
						bytes,
						cuts.map(at => Math.min(at, bytes.length)),
						200,
					);
					t.pass();
				} catch (error) {
					t.true(error instanceof CborStop);
				}
			},
		),
		{numRuns: 1_000},
	);
});

const stopCode = (bytes: string, max = 100): string => {
	try {
		cut(hex(bytes), [], max);
		return 'none';
	} catch (error) {
		if (error instanceof CborStop) return error.failure.code;
		throw error;
	}
};

test('bytes that cannot become a message stop at once, before the bytes that they promise', t => {
	t.is(stopCode('ff'), 'CBOR_RESERVED');
	t.is(stopCode('82ff'), 'CBOR_RESERVED');
	t.is(stopCode('1c'), 'CBOR_RESERVED');
	t.is(stopCode('1f'), 'CBOR_RESERVED');
	t.is(stopCode('df'), 'CBOR_RESERVED');
	t.is(stopCode('5f6161'), 'CBOR_WRONG_TYPE');
	t.is(stopCode('7f4161'), 'CBOR_WRONG_TYPE');
	t.is(stopCode('5f5f'), 'CBOR_WRONG_TYPE');
	t.is(stopCode('81'.repeat(65)), 'CBOR_TOO_DEEP');
	t.is(stopCode('5865'), 'CBOR_TOO_LONG');
	t.is(stopCode('9865'), 'CBOR_TOO_LONG');
	t.is(stopCode('b833'), 'CBOR_TOO_LONG');
	t.is(stopCode('5bffffffffffffffff'), 'CBOR_TOO_LONG');
	t.is(stopCode('9bffffffffffffffff'), 'CBOR_TOO_LONG');
	t.is(stopCode(`9f${'00'.repeat(100)}`), 'CBOR_TOO_LONG');
	t.is(stopCode(`9f${'00'.repeat(98)}ff`), 'none');
	t.is(stopCode(`9f${'00'.repeat(99)}ff`), 'CBOR_TOO_LONG');
});

test('a long array of nothing in small pieces is looked at once', t => {
	const hostile = new Uint8Array(1_000_000);
	hostile[0] = 0x9f;
	const cutter = new MessageCutter(2_000_000);
	for (let at = 0; at < hostile.length; at += 100)
		cutter.push(hostile.subarray(at, at + 100), () => t.fail());
	t.is(cutter.pendingBytes, 1_000_000);
});
