import test from 'ava';
import fc from 'fast-check';
import {
	decodeKesKey,
	decodeSumKey,
	eraseKesKey,
	evolveKesKey,
	generateKesKey,
	type KesKey,
	kesVerificationKey,
	signKes,
} from '#crypto/kes/kes-key';
import {generateSumKey, sumKeyBytes, sumVerificationKey} from '#crypto/kes/sum-kes';
import {KES_PERIODS, verifyKes} from '#crypto/kes/verify-kes';
import {toHex} from '#kernel/bytes';
import {err} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';
import {cryptoVector} from '../../support/vectors.ts';

const message = encodeUtf8('test message');
const seed = cryptoVector('key0.bin');

const evolved = (key: KesKey): KesKey => {
	const next = evolveKesKey(crypto, key);
	if (!next.ok) throw new TypeError(next.error.code);
	return next.value;
};

const evolvedTo = (period: number): KesKey => {
	let key = generateKesKey(crypto, seed);
	while (key.period < period) key = evolved(key);
	return key;
};

test('generates and evolves keys byte for byte as the Haskell code', t => {
	const sum1 = new Uint8Array(sumKeyBytes(1));
	generateSumKey(crypto, 1, seed, sum1);
	t.deepEqual(sum1, cryptoVector('key1.bin'));
	t.deepEqual(evolvedTo(0).bytes, cryptoVector('key6.bin'));
	t.deepEqual(evolvedTo(1).bytes, cryptoVector('key6update1.bin'));
	t.deepEqual(evolvedTo(5).bytes, cryptoVector('key6update5.bin'));
});

test('signs byte for byte as the Haskell code', t => {
	t.deepEqual(signKes(crypto, evolvedTo(0), message), cryptoVector('key6Sig.bin'));
	t.deepEqual(signKes(crypto, evolvedTo(5), message), cryptoVector('key6Sig5.bin'));
});

test('the verification key stays the same for all 64 periods, and each signature holds in its own period only', t => {
	let key = generateKesKey(crypto, seed);
	const verificationKey = kesVerificationKey(crypto, key);
	t.deepEqual(verificationKey, sumVerificationKey(crypto, 6, seed));
	for (let period = 0; period < KES_PERIODS; period++) {
		if (period > 0) key = evolved(key);
		t.is(key.period, period);
		t.deepEqual(kesVerificationKey(crypto, key), verificationKey);
		const signature = signKes(crypto, key, message);
		const valid = Array.from({length: KES_PERIODS}, (_, t) => t).filter(other =>
			verifyKes(crypto, {verificationKey, period: other, message, signature}),
		);
		t.deepEqual(valid, [period]);
	}
	t.deepEqual(evolveKesKey(crypto, key), err({code: 'KES_KEY_EXHAUSTED', period: 63}));
});

test('a signature with any byte changed, or for another message or key, does not hold', t => {
	const key = evolvedTo(37);
	const verificationKey = kesVerificationKey(crypto, key);
	const signature = signKes(crypto, key, message);
	const claim = {verificationKey, period: 37, message, signature};
	t.true(verifyKes(crypto, claim));
	t.false(verifyKes(crypto, {...claim, message: encodeUtf8('test messagf')}));
	t.false(verifyKes(crypto, {...claim, verificationKey: new Uint8Array(32)}));
	t.false(verifyKes(crypto, {...claim, signature: signature.subarray(0, 447)}));
	t.false(verifyKes(crypto, {...claim, period: -1}));
	t.false(verifyKes(crypto, {...claim, period: 37.5}));
	for (let at = 0; at < signature.length; at++) {
		const changed = signature.slice();
		changed[at] = (changed[at] as number) ^ (1 << (at % 8));
		t.false(verifyKes(crypto, {...claim, signature: changed}), `byte ${at}`);
	}
});

test('random signatures of any size are judged and never throw', t => {
	fc.assert(
		fc.property(
			fc.uint8Array({minLength: 32, maxLength: 32}),
			fc.nat({max: 100}),
			fc.oneof(fc.uint8Array({maxLength: 600}), fc.uint8Array({minLength: 448, maxLength: 448})),
			(verificationKey, period, signature) =>
				!verifyKes(crypto, {verificationKey, period, message, signature}),
		),
	);
	t.pass();
});

/** Every seed that a key of the vectors' seed ever holds or is generated from, by the last period it can sign in. */
const seedsByLastPeriod = (
	depth: number,
	from: Uint8Array,
	first: number,
): readonly {seed: string; last: number}[] => {
	const own = {seed: toHex(from), last: first + 2 ** depth - 1};
	if (depth === 0) return [own];
	const [left, right] = [Uint8Array.of(1), Uint8Array.of(2)] as const;
	return [
		own,
		...seedsByLastPeriod(depth - 1, crypto.blake2b256(left, from), first),
		...seedsByLastPeriod(depth - 1, crypto.blake2b256(right, from), first + 2 ** (depth - 1)),
	];
};

test('no seed that could sign in a past period is left in an evolved key', t => {
	const seeds = seedsByLastPeriod(6, seed, 0);
	let key = generateKesKey(crypto, seed);
	const {bytes} = key;
	for (let period = 1; period < KES_PERIODS; period++) {
		key = evolved(key);
		t.is(key.bytes, bytes, 'the old key was not copied but overwritten');
		const held = toHex(key.bytes);
		t.deepEqual(
			seeds.filter(({last}) => last < period).filter(({seed}) => held.includes(seed)),
			[],
		);
	}
	eraseKesKey(key);
	t.true(bytes.every(byte => byte === 0));
});

test('reads back every evolution of a key with its period', t => {
	let key = generateKesKey(crypto, seed);
	for (; key.period < KES_PERIODS - 1; key = evolved(key)) {
		const read = decodeKesKey(crypto, key.bytes.slice());
		t.deepEqual(read, {ok: true, value: {period: key.period, bytes: key.bytes}});
	}
});

test('refuses key files of a wrong size or with inner contradictions', t => {
	t.deepEqual(
		decodeKesKey(crypto, new Uint8Array(607)),
		err({code: 'KES_KEY_MALFORMED', bytes: 607, bytesExpected: 608}),
	);
	const {bytes} = evolvedTo(5);
	for (let at = 0; at < bytes.length; at++) {
		const changed = bytes.slice();
		changed[at] = (changed[at] as number) ^ 4;
		t.false(decodeKesKey(crypto, changed).ok, `byte ${at}`);
	}
	const last = bytes.slice();
	last[607] = 0xff ^ (last[607] as number);
	t.deepEqual(decodeKesKey(crypto, last), err({code: 'KES_KEY_INCONSISTENT', depth: 6}));
});

test('random key bytes are judged and never throw', t => {
	fc.assert(
		fc.property(fc.nat({max: 3}), fc.uint8Array({maxLength: 400}), (depth, bytes) => {
			const read = decodeSumKey(crypto, depth, bytes);
			t.is(read.ok, depth === 0 && bytes.length === 32);
		}),
		{numRuns: 200},
	);
});
