/** The primitives that consensus and storage proofs spend their time in. */
import type {Crypto} from '#crypto/crypto';
import {generateKesKey, kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {verifyKes} from '#crypto/kes/verify-kes';
import {assert} from '#kernel/assert';
import {u32be} from '#kernel/bytes';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {slowTreeLevels} from '../support/slow-piece-tree.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';
import {nobleCrypto} from './noble-crypto.ts';

const PIECE_BYTES = 1 << 20;
const POOLS = 20;
const HEADER_BODY_BYTES = 850;

const merkle: Bench = {
	name: 'merkle-1KiB',
	run: async () => {
		const {crypto, pieceTree} = await createCryptoBackends();
		const piece = new Uint8Array(PIECE_BYTES).map((_, index) => index % 251);
		const megabytes = (tree: () => unknown): number =>
			ratePerSecond(() => {
				tree();
				return PIECE_BYTES / 1e6;
			});
		return [
			moreIsBetter(
				'merkle-1KiB',
				'MB/s',
				megabytes(() => pieceTree.pieceTree(piece)),
				{name: 'libsodium, a call a hash', value: megabytes(() => slowTreeLevels(crypto, piece))},
			),
		];
	},
};

type Claim = {
	readonly verificationKey: Uint8Array;
	readonly proof: Uint8Array;
	readonly alpha: Uint8Array;
};

const verifyAll = (verifyVrf: Crypto['verifyVrf'], claims: readonly Claim[]): number => {
	for (const {verificationKey, proof, alpha} of claims)
		assert(verifyVrf(verificationKey, proof, alpha) !== undefined, 'the proof holds');
	return claims.length;
};

const vrf: Bench = {
	name: 'vrf-verify',
	run: async () => {
		const crypto = await createNativeCrypto();
		const claims = Array.from({length: POOLS}, (_, index): Claim => {
			const seed = crypto.blake2b256(u32be(index));
			const alpha = crypto.blake2b256(seed);
			return {
				verificationKey: crypto.ed25519VerificationKey(seed),
				proof: crypto.proveVrf(seed, alpha),
				alpha,
			};
		});
		const seed = new Uint8Array(32);
		return [
			moreIsBetter(
				'vrf-verify',
				'proofs/s',
				ratePerSecond(() => verifyAll(crypto.verifyVrf, claims)),
				{name: '@noble/curves', value: ratePerSecond(() => verifyAll(nobleCrypto.verifyVrf, claims))},
			),
			moreIsBetter(
				'vrf-prove',
				'proofs/s',
				ratePerSecond(() => crypto.proveVrf(seed, seed).length / 80),
			),
		];
	},
};

const kes: Bench = {
	name: 'kes-verify',
	run: async () => {
		const crypto = await createNativeCrypto();
		const key = generateKesKey(crypto, new Uint8Array(32));
		const message = new Uint8Array(HEADER_BODY_BYTES);
		const claim = {
			verificationKey: kesVerificationKey(crypto, key),
			period: 0,
			message,
			signature: signKes(crypto, key, message),
		};
		const rate = (backend: Crypto): number =>
			ratePerSecond(() => {
				assert(verifyKes(backend, claim), 'the signature holds');
				return 1;
			});
		return [
			moreIsBetter('kes-verify', 'signatures/s', rate(crypto), {
				name: '@noble/curves',
				value: rate(nobleCrypto),
			}),
		];
	},
};

const blake2b: Bench = {
	name: 'blake2b',
	run: async () => {
		const crypto = await createNativeCrypto();
		const rate = (backend: Crypto, bytes: number): number => {
			const data = new Uint8Array(bytes);
			return ratePerSecond(() => {
				for (let call = 0; call < 100; call++) backend.blake2b256(data);
				return 100;
			});
		};
		return [64, 1024].map(bytes =>
			moreIsBetter(`blake2b-${bytes}`, 'hashes/s', rate(crypto, bytes), {
				name: '@noble/hashes',
				value: rate(nobleCrypto, bytes),
			}),
		);
	},
};

export const cryptoBenches: readonly Bench[] = [merkle, vrf, kes, blake2b];
