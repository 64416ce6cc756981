import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {encodeHeader, encodeHeaderBody, type HeaderBody, sealHeader} from '#consensus/header/encode-header';
import {decodeHeader, decodeWireHeader} from '#consensus/header/header';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from '../../support/crypto.ts';

const vector = (name: string): Uint8Array =>
	new Uint8Array(readFileSync(new URL(`../../../../test/vectors/consensus/${name}`, import.meta.url)));
const real = vector('preprod_70070331.cbor');

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({minLength: length, maxLength: length});
const count = fc.maxSafeNat();
const u64 = fc.bigInt({min: 0n, max: 2n ** 64n - 1n});

const bodies: fc.Arbitrary<HeaderBody> = fc.record({
	blockNo: count.map(BlockNo),
	slot: count.map(Slot),
	prevHash: fc.option(bytesOf(32)) as fc.Arbitrary<HeaderHash | null>,
	issuerVk: bytesOf(32),
	vrfVk: bytesOf(32),
	vrfOutput: bytesOf(64),
	vrfProof: bytesOf(80),
	bodySize: fc.nat(0xff_ff_ff_ff),
	bodyHash: bytesOf(32) as fc.Arbitrary<Hash32>,
	operationalCertificate: fc.record({
		hotVk: bytesOf(32),
		counter: u64,
		startPeriod: u64,
		signature: bytesOf(64),
	}),
	protocolVersion: fc.record({major: count, minor: count}),
});

/** The same header with indefinite arrays and wasteful heads, which Cardano's decoders accept. */
const rewritten = (bytes: Uint8Array): Uint8Array => {
	const header = decodeHeader(crypto, bytes);
	if (!header.ok) return bytes;
	// 82 8a .. becomes 9f 9f .. ff .. ff: the ten fields stay as they are.
	const fields = header.value.bodyBytes.subarray(1);
	const signature = bytes.subarray(1 + header.value.bodyBytes.length);
	return concat(Uint8Array.of(0x9f, 0x9f), fields, Uint8Array.of(0xff), signature, Uint8Array.of(0xff));
};

test('reads a real header and keeps its bytes', t => {
	const decoded = decodeHeader(crypto, real);
	t.true(decoded.ok);
	if (!decoded.ok) return;
	const header = decoded.value;
	t.is(header.slot, Slot(70_070_331));
	t.deepEqual(header.bytes, real);
	t.deepEqual(header.hash, crypto.blake2b256(real));
	t.deepEqual(encodeHeaderBody(header), header.bodyBytes);
	t.deepEqual(encodeHeader(header.bodyBytes, header.kesSignature), real);
});

test('does not hold on to the message that a header came in', t => {
	const message = Buffer.concat([Buffer.from(real), Buffer.alloc(100)]);
	const decoded = decodeHeader(crypto, message.subarray(0, real.length));
	message.fill(0);
	t.true(decoded.ok && decoded.value.bytes.buffer.byteLength === real.length);
	t.deepEqual(decoded.ok && decoded.value.bytes, real);
});

test('what is sealed decodes to the same header', t => {
	fc.assert(
		fc.property(bodies, bytesOf(448), (body, kesSignature) => {
			const header = sealHeader(crypto, body, kesSignature);
			t.deepEqual(decodeHeader(crypto, header.bytes), {ok: true, value: header});
		}),
		{numRuns: 50},
	);
});

test('reads other encodings of Cardano’s headers only when told to, and hashes them as they came', t => {
	const other = rewritten(real);
	t.like(decodeHeader(crypto, other), {ok: false});
	const decoded = decodeHeader(crypto, other, {canonical: false});
	t.deepEqual(decoded.ok && decoded.value.hash, crypto.blake2b256(other));
	t.is(decoded.ok && toHex(decoded.value.bodyBytes.subarray(0, 1)), '9f');
});

test('refuses an indefinite array with a field too many', t => {
	const other = rewritten(real);
	const more = concat(other.subarray(0, other.length - 1), Uint8Array.of(0, 0xff));
	t.deepEqual(decodeHeader(crypto, more, {canonical: false}), {
		ok: false,
		error: {code: 'CBOR_WRONG_LENGTH', at: 0},
	});
});

test('tells a header of an earlier era from a broken one', t => {
	const earlier = new CborWriter().array(2).array(15);
	for (let field = 0; field < 15; field++) earlier.uint(field);
	const bytes = earlier.bytes(new Uint8Array(448)).finish();
	t.deepEqual(decodeHeader(crypto, bytes, {canonical: false}), {
		ok: false,
		error: {code: 'HEADER_ERA_UNSUPPORTED', fields: 15},
	});
	const broken = new CborWriter().array(2).array(11).finish();
	t.like(decodeHeader(crypto, broken), {ok: false, error: {code: 'CBOR_TRUNCATED'}});
});

test('keeps numbers beyond 2^53 exact on the wire, and refuses them for the node', t => {
	const valid = decodeHeader(crypto, real);
	t.true(valid.ok);
	if (!valid.ok) return;
	// The block number is the first field, 5 bytes long here.
	const wide = concat(fromHex('828a1bffffffffffffffff'), real.subarray(7));
	const wire = decodeWireHeader(crypto, wide);
	t.is(wire.ok && wire.value.blockNo, 2n ** 64n - 1n);
	t.deepEqual(decodeHeader(crypto, wide), {
		ok: false,
		error: {code: 'HEADER_NUMBER_TOO_LARGE', field: 'blockNo'},
	});
	const late = concat(real.subarray(0, 7), fromHex('1bffffffffffffffff'), real.subarray(12));
	t.deepEqual(decodeHeader(crypto, late), {
		ok: false,
		error: {code: 'HEADER_NUMBER_TOO_LARGE', field: 'slot'},
	});
});

test('refuses more bytes than any header has before reading them', t => {
	t.deepEqual(decodeHeader(crypto, new Uint8Array(65_537)), {
		ok: false,
		error: {code: 'HEADER_TOO_LARGE', bytes: 65_537, bytesMax: 65_536},
	});
});

test('refuses every truncation and every trailing byte', t => {
	for (let length = 0; length < real.length; length++)
		t.false(decodeHeader(crypto, real.subarray(0, length)).ok);
	t.like(decodeHeader(crypto, concat(real, Uint8Array.of(0))), {
		ok: false,
		error: {code: 'CBOR_TRAILING_BYTES'},
	});
});

test('survives any bytes', t => {
	const mutated = fc
		.tuple(fc.nat(real.length - 1), fc.uint8Array({maxLength: 12}))
		.map(([at, patch]) => concat(real.subarray(0, at), patch, real.subarray(at + patch.length)));
	fc.assert(
		fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 2000})), fc.boolean(), (bytes, canonical) => {
			const decoded = decodeHeader(crypto, bytes, {canonical});
			return !decoded.ok || toHex(decoded.value.bytes) === toHex(bytes);
		}),
		{numRuns: 2000},
	);
	t.pass();
});
