import {randomBytes} from 'node:crypto';
import {edwardsToMontgomeryPriv, edwardsToMontgomeryPub, x25519} from '@noble/curves/ed25519';
import test from 'ava';
import fc from 'fast-check';
import {KEY_BOX_OVERHEAD_BYTES, openKeyBox, sealToKey} from '#crypto/key-box';
import {encodeUtf8} from '#kernel/utf8';
import {createAead} from '#node/adapters/aead';
import {createKeyAgreement} from '#node/adapters/key-agreement';
import {crypto} from '../support/crypto.ts';
import {party} from '../support/ledger-chain.ts';

const agreement = createKeyAgreement();
const ports = {aead: createAead(), agreement, crypto};
const domain = encodeUtf8('test/v1');
const [anna, ben] = [party('anna'), party('ben')];
const fresh = (): Uint8Array => new Uint8Array(randomBytes(32));
const sealed = (content: Uint8Array): Uint8Array =>
	sealToKey(ports, {recipientVk: anna.verificationKey, ephemeralSeed: fresh(), domain}, content) ??
	new Uint8Array(0);

test('only the holder of the key opens a box, whatever is in it', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), content => {
			const box = sealed(content);
			t.is(box.length, content.length + KEY_BOX_OVERHEAD_BYTES);
			t.deepEqual(openKeyBox(ports, {seed: anna.seed, domain}, box), content);
			t.is(openKeyBox(ports, {seed: ben.seed, domain}, box), undefined);
			t.is(openKeyBox(ports, {seed: anna.seed, domain: encodeUtf8('other/v1')}, box), undefined);
		}),
		{numRuns: 30},
	);
});

test('a box that was altered anywhere, or is none, does not open', t => {
	const box = sealed(Uint8Array.of(1, 2, 3));
	for (let at = 0; at < box.length; at++) {
		const altered = box.slice();
		altered[at] = (altered[at] as number) ^ 1;
		// The highest bit of an X25519 key is not looked at, and yet it is part of what the key follows from.
		t.is(openKeyBox(ports, {seed: anna.seed, domain}, altered), undefined);
	}
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 120}), bytes => {
			t.is(openKeyBox(ports, {seed: anna.seed, domain}, bytes), undefined);
		}),
	);
});

test('the same content is never sealed the same way', t => {
	t.notDeepEqual(sealed(Uint8Array.of(1)), sealed(Uint8Array.of(1)));
});

test('nothing is sealed for a key of small order, and nothing opened from one', t => {
	const zero = new Uint8Array(32);
	zero[0] = 1;
	const order = {recipientVk: zero, ephemeralSeed: fresh(), domain};
	t.is(sealToKey(ports, order, Uint8Array.of(1)), undefined);
	t.is(agreement.sharedSecret(anna.seed, new Uint8Array(32)), undefined);
});

test('both sides agree, and so does another implementation of the curve', t => {
	for (let round = 0; round < 20; round++) {
		const [one, two] = [fresh(), fresh()];
		const publicOf = (seed: Uint8Array): Uint8Array =>
			agreement.publicKeyOf(crypto.ed25519VerificationKey(seed)) ?? new Uint8Array(0);
		const shared = agreement.sharedSecret(one, publicOf(two));
		t.deepEqual(shared, agreement.sharedSecret(two, publicOf(one)));
		t.deepEqual(publicOf(one), edwardsToMontgomeryPub(crypto.ed25519VerificationKey(one)));
		t.deepEqual(shared, x25519.getSharedSecret(edwardsToMontgomeryPriv(one), publicOf(two)));
	}
});
