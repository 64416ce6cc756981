import test from 'ava';
import fc from 'fast-check';
import {createVrfEvaluator} from '#node/adapters/native-vrf-prove';
import {crypto} from '../../support/crypto.ts';

const bytes32 = fc.uint8Array({minLength: 32, maxLength: 32});

test('the output that is known without a proof is that of the proof, for every key and alpha', t => {
	fc.assert(
		fc.property(bytes32, fc.array(fc.uint8Array({maxLength: 100}), {maxLength: 3}), (seed, alphas) => {
			const evaluate = createVrfEvaluator(seed);
			for (const alpha of alphas) {
				const proof = crypto.proveVrf(seed, alpha);
				const output = evaluate(alpha);
				t.deepEqual(output, crypto.vrfOutput(proof));
				t.deepEqual(crypto.verifyVrf(crypto.ed25519VerificationKey(seed), proof, alpha), output);
			}
		}),
		{numRuns: 100},
	);
});
