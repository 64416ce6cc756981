import test from 'ava';
import fc from 'fast-check';
import {concat, fromHex} from '#kernel/bytes';
import {crypto} from '../support/crypto.ts';
import {cryptoVectorJson} from '../support/vectors.ts';

type EdgeCase = {
	name: string;
	pub_key: string;
	message: string;
	signature: string;
	libsodium_1_0_18: boolean;
};

const seeds = fc.uint8Array({minLength: 32, maxLength: 32});

test('decides edge signatures as libsodium 1.0.18, which Cardano uses', t => {
	const cases = cryptoVectorJson<EdgeCase[]>('ed25519-edge.json');
	t.deepEqual(
		cases.map(({name, pub_key, message, signature}) => ({
			name,
			valid: crypto.verifyEd25519(fromHex(signature), fromHex(message), fromHex(pub_key)),
		})),
		cases.map(({name, libsodium_1_0_18}) => ({name, valid: libsodium_1_0_18})),
	);
});

test('an own signature holds, and for its message and key only', t => {
	fc.assert(
		fc.property(seeds, seeds, fc.uint8Array({maxLength: 200}), (seed, otherSeed, message) => {
			fc.pre(crypto.ed25519VerificationKey(seed)[0] !== crypto.ed25519VerificationKey(otherSeed)[0]);
			const signature = crypto.signEd25519(seed, message);
			const key = crypto.ed25519VerificationKey(seed);
			t.true(crypto.verifyEd25519(signature, message, key));
			t.false(crypto.verifyEd25519(signature, concat(message, Uint8Array.of(0)), key));
			t.false(crypto.verifyEd25519(signature, message, crypto.ed25519VerificationKey(otherSeed)));
		}),
	);
});

test('bytes of any length are judged and never throw', t => {
	const bytes = fc.uint8Array({maxLength: 130});
	fc.assert(
		fc.property(
			bytes,
			bytes,
			bytes,
			(signature, message, key) => !crypto.verifyEd25519(signature, message, key),
		),
	);
	const key = crypto.ed25519VerificationKey(new Uint8Array(32));
	const signature = crypto.signEd25519(new Uint8Array(32), key);
	t.true(crypto.verifyEd25519(signature, key, key));
	t.false(crypto.verifyEd25519(concat(signature, key), key, key));
	t.false(crypto.verifyEd25519(signature, key, concat(key, key)));
});
