import process from 'node:process';
import test from 'ava';
import fc from 'fast-check';
import {createVrfVerifier, type VrfWasm} from '#crypto/vrf-kernel';
import {concat, equalBytes, fromHex, toHex} from '#kernel/bytes';
import {instantiateWasm} from '#node/adapters/wasm-instance';
import {crypto} from '../support/crypto.ts';
import {cryptoVector, cryptoVectorJson, cryptoVectorNames} from '../support/vectors.ts';
import {type Claim, forgeProof} from '../support/vrf-forgery.ts';
import {bytesOf, integerOf, ORDER, verifyVrfSlowly} from '../support/vrf-reference.ts';

/** A long run: DCLOUD_VRF_CASES=10000 npx ava test/crypto/vrf.test.ts --timeout=30m */
const numRuns = Number(process.env['DCLOUD_VRF_CASES'] ?? 300);

const hex = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : toHex(bytes));

const officialCase = (name: string): ReadonlyMap<string, string> =>
	new Map(
		new TextDecoder()
			.decode(cryptoVector(name))
			.trim()
			.split('\n')
			.map(line => line.split(': ') as [string, string]),
	);

const bytesField = (fields: ReadonlyMap<string, string>, name: string): Uint8Array => {
	const value = fields.get(name) ?? '';
	return fromHex(value === 'empty' ? '' : value);
};

for (const name of cryptoVectorNames('vrf_ver03_'))
	test(`proves and verifies ${name} byte for byte`, t => {
		const fields = officialCase(name);
		const [seed, key, alpha] = ['sk', 'pk', 'alpha'].map(field => bytesField(fields, field)) as [
			Uint8Array,
			Uint8Array,
			Uint8Array,
		];
		const proof = crypto.proveVrf(seed, alpha);
		t.is(toHex(crypto.ed25519VerificationKey(seed)), fields.get('pk') ?? '');
		t.is(toHex(proof), fields.get('pi') ?? '');
		t.is(toHex(crypto.vrfOutput(proof)), fields.get('beta') ?? '');
		t.is(hex(crypto.verifyVrf(key, proof, alpha)), fields.get('beta') ?? '');
	});

type AdversarialCase = {name: string; pk: string; pi: string; alpha: string; beta: string | null};
const adversarial = cryptoVectorJson<AdversarialCase[]>('vrf03-adversarial.json');

test('decides adversarial proofs as Cardano, with the key fresh or remembered', t => {
	const decided = adversarial.flatMap(({name, pk, pi, alpha}) =>
		[1, 2].map(() => ({name, beta: hex(crypto.verifyVrf(fromHex(pk), fromHex(pi), fromHex(alpha)))})),
	);
	t.deepEqual(
		decided,
		adversarial.flatMap(({name, beta}) => [
			{name, beta},
			{name, beta},
		]),
	);
	t.true(adversarial.some(({beta}) => beta !== null));
});

test('the slow reference decides adversarial proofs as Cardano too', t => {
	t.deepEqual(
		adversarial.map(({pk, pi, alpha}) => hex(verifyVrfSlowly(fromHex(pk), fromHex(pi), fromHex(alpha)))),
		adversarial.map(({beta}) => beta),
	);
});

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
	const other = bytes.slice();
	const at = (bit >> 3) % bytes.length;
	other[at] = (other[at] as number) ^ (1 << (bit & 7));
	return other;
};

type Mutation =
	| {readonly kind: 'none'}
	| {readonly kind: 'key' | 'proof' | 'alpha'; readonly bit: number}
	| {readonly kind: 'order'}
	| {readonly kind: 'random'; readonly proof: Uint8Array};

const mutated = ({verificationKey, proof, alpha}: Claim, mutation: Mutation): Claim => {
	switch (mutation.kind) {
		case 'none':
			return {verificationKey, proof, alpha};
		case 'key':
			return {verificationKey: flipped(verificationKey, mutation.bit), proof, alpha};
		case 'proof':
			return {verificationKey, proof: flipped(proof, mutation.bit), alpha};
		case 'alpha':
			return {verificationKey, proof, alpha: concat(alpha, Uint8Array.of(mutation.bit & 255))};
		case 'order': {
			const s = integerOf(proof.subarray(48)) + ORDER;
			return {verificationKey, proof: concat(proof.subarray(0, 48), bytesOf(s)), alpha};
		}
		case 'random':
			return {verificationKey, proof: mutation.proof, alpha};
	}
};

const bits = (kind: 'key' | 'proof' | 'alpha'): fc.Arbitrary<Mutation> =>
	fc.nat({max: 639}).map(bit => ({kind, bit}));
const mutations: fc.Arbitrary<Mutation> = fc.oneof(
	{weight: 4, arbitrary: fc.constant<Mutation>({kind: 'none'})},
	bits('key'),
	bits('proof'),
	bits('alpha'),
	fc.constant<Mutation>({kind: 'order'}),
	fc.uint8Array({minLength: 80, maxLength: 80}).map((proof): Mutation => ({kind: 'random', proof})),
);
const scalars = fc.bigInt({min: 1n, max: ORDER - 1n});
const claims = fc
	.tuple(
		fc.record({
			secret: scalars,
			nonce: scalars,
			alpha: fc.uint8Array({maxLength: 200}),
			keyTorsion: fc.oneof(fc.constant(0), fc.nat({max: 7})),
			gammaTorsion: fc.oneof(fc.constant(0), fc.nat({max: 7})),
		}),
		mutations,
	)
	.map(([forgery, mutation]) => mutated(forgeProof(forgery), mutation));

test('agrees with the slow reference on honest, forged, mutated and random proofs', t => {
	const decided = {accepted: 0, rejected: 0};
	fc.assert(
		fc.property(claims, ({verificationKey, proof, alpha}) => {
			const expected = hex(verifyVrfSlowly(verificationKey, proof, alpha));
			decided[expected === null ? 'rejected' : 'accepted']++;
			return hex(crypto.verifyVrf(verificationKey, proof, alpha)) === expected;
		}),
		{numRuns},
	);
	t.true(decided.accepted > numRuns / 20 && decided.rejected > numRuns / 20, JSON.stringify(decided));
});

test('every own proof holds, for its key and alpha only', t => {
	const seeds = fc.uint8Array({minLength: 32, maxLength: 32});
	fc.assert(
		fc.property(seeds, fc.uint8Array({maxLength: 100}), (seed, alpha) => {
			const key = crypto.ed25519VerificationKey(seed);
			const proof = crypto.proveVrf(seed, alpha);
			t.deepEqual(crypto.verifyVrf(key, proof, alpha), crypto.vrfOutput(proof));
			t.is(crypto.verifyVrf(key, proof, concat(alpha, Uint8Array.of(0))), undefined);
			t.is(crypto.verifyVrf(crypto.ed25519VerificationKey(flipped(seed, 9)), proof, alpha), undefined);
		}),
		{numRuns: 30},
	);
});

test('keys that share a place in the key table do not disturb each other', t => {
	const byPlace = new Map<number, Uint8Array[]>();
	for (let index = 0; index < 400; index++) {
		const seed = crypto.blake2b256(Uint8Array.of(index & 255, index >> 8));
		const [first = 0, second = 0] = crypto.ed25519VerificationKey(seed);
		const place = first | ((second & 7) << 8);
		byPlace.set(place, [...(byPlace.get(place) ?? []), seed]);
	}
	const rivals = [...byPlace.values()].find(seeds => seeds.length > 1);
	t.truthy(rivals, 'two of 400 keys begin alike');
	const alpha = Uint8Array.of(1, 2, 3);
	for (const seed of [...(rivals ?? []), ...(rivals ?? [])]) {
		const proof = crypto.proveVrf(seed, alpha);
		t.deepEqual(crypto.verifyVrf(crypto.ed25519VerificationKey(seed), proof, alpha), crypto.vrfOutput(proof));
	}
});

test('the key table takes no more memory however many keys come, and verifies with forgotten ones too', async t => {
	const wasm = await instantiateWasm<VrfWasm>('vrf');
	const {verifyVrf} = createVrfVerifier(wasm);
	const bytes = wasm.memory.buffer.byteLength;
	const alpha = Uint8Array.of(9);
	const claims = Array.from({length: 3000}, (_, index) => {
		const seed = crypto.blake2b256(Uint8Array.of(index & 255, index >> 8));
		const proof = crypto.proveVrf(seed, alpha);
		return {key: crypto.ed25519VerificationKey(seed), proof, beta: crypto.vrfOutput(proof)};
	});
	for (let round = 0; round < 2; round++)
		for (const {key, proof, beta} of claims) t.true(equalBytes(verifyVrf(key, proof, alpha) ?? alpha, beta));
	t.is(wasm.memory.buffer.byteLength, bytes);
});

test('takes an alpha larger than the memory it started with', t => {
	const seed = new Uint8Array(32).fill(7);
	const alpha = new Uint8Array(3_000_000).fill(5);
	const proof = crypto.proveVrf(seed, alpha);
	const key = crypto.ed25519VerificationKey(seed);
	t.deepEqual(crypto.verifyVrf(key, proof, alpha), crypto.vrfOutput(proof));
	t.is(crypto.verifyVrf(key, proof, alpha.subarray(1)), undefined);
});

test('refuses keys and proofs of a wrong length', t => {
	const seed = new Uint8Array(32).fill(7);
	const alpha = Uint8Array.of(1);
	const key = crypto.ed25519VerificationKey(seed);
	const proof = crypto.proveVrf(seed, alpha);
	t.is(crypto.verifyVrf(key.subarray(1), proof, alpha), undefined);
	t.is(crypto.verifyVrf(key, proof.subarray(1), alpha), undefined);
	t.is(crypto.verifyVrf(concat(key, key), proof, alpha), undefined);
	t.is(crypto.verifyVrf(new Uint8Array(0), new Uint8Array(0), alpha), undefined);
});
