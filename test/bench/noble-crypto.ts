/** The node's verification in plain TypeScript on @noble: what benches compare with. Right, but slow. */
import {ed25519} from '@noble/curves/ed25519.js';
import {blake2b} from '@noble/hashes/blake2.js';
import {sha512} from '@noble/hashes/sha2.js';
import type {Crypto} from '#crypto/crypto';
import {bigFromBytes, concat, equalBytes, fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';

const {Point} = ed25519;
type CurvePoint = InstanceType<typeof Point>;
const {Fp, Fn} = Point;
/** The coefficient of curve25519 in Montgomery form. */
const A = 486_662n;
const HASH_TO_CURVE = Uint8Array.of(4, 1);
const CHALLENGE = Uint8Array.of(4, 2);
const OUTPUT = Uint8Array.of(4, 3);

const fromLittleEndian = (bytes: Uint8Array): bigint => bigFromBytes(bytes.slice().reverse());
const toLittleEndian = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0')).reverse();

/** Elligator 2 onto the Montgomery curve, then to Edwards with an even x, then out of the small subgroup. */
const hashToCurve = (verificationKey: Uint8Array, alpha: Uint8Array): CurvePoint => {
	const seed = sha512(concat(HASH_TO_CURVE, verificationKey, alpha)).slice(0, 32);
	seed[31] = (seed[31] as number) & 127;
	const r = Fp.create(fromLittleEndian(seed));
	const first = Fp.neg(Fp.mul(A, Fp.inv(Fp.add(1n, Fp.mul(2n, Fp.sqr(r))))));
	const square = Fp.mul(first, Fp.add(Fp.add(Fp.sqr(first), Fp.mul(A, first)), 1n));
	const isSquare = Fp.pow(square, (Fp.ORDER - 1n) / 2n) !== Fp.ORDER - 1n;
	const u = isSquare ? first : Fp.neg(Fp.add(first, A));
	const y = Fp.mul(Fp.sub(u, 1n), Fp.inv(Fp.add(u, 1n)));
	return Point.fromBytes(toLittleEndian(y), true).clearCofactor();
};

const decodePoint = (bytes: Uint8Array): CurvePoint | undefined => {
	try {
		return Point.fromBytes(bytes);
	} catch {
		return undefined;
	}
};

const verifyVrf: Crypto['verifyVrf'] = (verificationKey, proof, alpha) => {
	const key = decodePoint(verificationKey);
	const gammaBytes = proof.subarray(0, 32);
	const gamma = decodePoint(gammaBytes);
	const challenge = proof.subarray(32, 48);
	const s = fromLittleEndian(proof.subarray(48, 80));
	if (key === undefined || gamma === undefined || key.isSmallOrder() || s >= Fn.ORDER) return undefined;
	const minusC = Fn.neg(fromLittleEndian(challenge));
	const h = hashToCurve(verificationKey, alpha);
	const u = key.multiplyUnsafe(minusC).add(Point.BASE.multiplyUnsafe(s));
	const v = gamma.multiplyUnsafe(minusC).add(h.multiplyUnsafe(s));
	const again = sha512(concat(CHALLENGE, h.toBytes(), gammaBytes, u.toBytes(), v.toBytes()));
	if (!equalBytes(again.subarray(0, 16), challenge)) return undefined;
	return sha512(concat(OUTPUT, gamma.clearCofactor().toBytes()));
};

export const nobleCrypto: Crypto = {
	blake2b256: (...parts) => Hash32(blake2b(concat(...parts), {dkLen: 32})),
	blake2b224: (...parts) => Hash28(blake2b(concat(...parts), {dkLen: 28})),
	verifyEd25519: (signature, message, verificationKey) =>
		ed25519.verify(signature, message, verificationKey, {zip215: false}),
	verifyVrf,
};
