import test from 'ava';
import fc from 'fast-check';
import {type HeaderWork, verifyHeaderWork} from '#consensus/header/header-work';
import {Hash32} from '#kernel/hash';
import {
	decodeAnswers,
	decodeWork,
	encodeAnswers,
	encodeWork,
} from '#node/adapters/worker-header-verifier/work-codec';
import {crypto} from '../../../support/crypto.ts';
import {goodWork, worksAndFailures} from '../../../support/header-work.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({minLength: length, maxLength: length});
const u64 = fc.bigInt({min: 0n, max: (1n << 64n) - 1n});

const anyWork: fc.Arbitrary<HeaderWork> = fc.record({
	issuerVk: bytes(32),
	operationalCertificate: fc.record({hotVk: bytes(32), counter: u64, startPeriod: u64, signature: bytes(64)}),
	kesEvolution: fc.nat(0xff_ff_ff_ff),
	bodyBytes: fc.uint8Array({maxLength: 1100}),
	kesSignature: bytes(448),
	vrf: fc.option(
		fc.record({
			vrfVk: bytes(32),
			vrfProof: bytes(80),
			vrfOutput: bytes(64),
			alpha: bytes(32).map(value => Hash32(value)),
		}),
		{nil: undefined},
	),
});

test('work arrives as it was sent', t => {
	fc.assert(
		fc.property(fc.array(anyWork, {maxLength: 5}), batch => {
			t.deepEqual(decodeWork(encodeWork(batch)), batch);
		}),
		{numRuns: 50},
	);
});

test('work is sent in a buffer that nothing else uses', t => {
	const encoded = encodeWork([goodWork]);
	t.is(encoded.byteLength, encoded.buffer.byteLength);
	t.not(encoded.buffer, goodWork.bodyBytes.buffer);
});

test('answers arrive as they were given, whatever was wrong', t => {
	const batch = worksAndFailures.map(([work]) => work);
	const results = batch.map(work => verifyHeaderWork(crypto, work));
	t.deepEqual(decodeAnswers(batch, encodeAnswers(results)), results);
	t.deepEqual(
		results.map(result => (result.ok ? undefined : result.error)),
		worksAndFailures.map(([, failure]) => failure),
	);
});

test('answers to other work than was sent are not taken', t => {
	const results = worksAndFailures.map(([work]) => verifyHeaderWork(crypto, work));
	const answers = encodeAnswers(results);
	t.throws(() => decodeAnswers([goodWork], answers));
	t.throws(() => decodeAnswers(Array<HeaderWork>(results.length + 70).fill(goodWork), answers));
});
