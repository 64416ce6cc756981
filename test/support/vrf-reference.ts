/**
 * ECVRF-ED25519-SHA512-Elligator2 draft-03 as Cardano's C code decides it, written from the formulas on @noble/curves:
 * slow, and different in every way that it can be from the kernel it judges.
 */
import {createHash} from 'node:crypto';
import {ed25519} from '@noble/curves/ed25519.js';
import {concat, equalBytes} from '#kernel/bytes';

export type Point = InstanceType<typeof ed25519.Point>;
export const Curve: typeof ed25519.Point = ed25519.Point;
export const ORDER: bigint = Curve.Fn.ORDER;

const {Fp} = Curve;
const A = 486662n;

const sha512 = (...parts: readonly Uint8Array[]): Uint8Array =>
	new Uint8Array(
		createHash('sha512')
			.update(concat(...parts))
			.digest(),
	);

export const integerOf = (bytes: Uint8Array): bigint =>
	bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

export const bytesOf = (value: bigint): Uint8Array =>
	Uint8Array.from({length: 32}, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));

/** n P for any n >= 0, also where P has torsion. */
export const times = (point: Point, n: bigint): Point => {
	let sum = Curve.ZERO;
	let power = point;
	for (let rest = n; rest > 0n; rest >>= 1n) {
		if ((rest & 1n) === 1n) sum = sum.add(power);
		power = power.double();
	}
	return sum;
};

/** libsodium's decoding after its test for a canonical y: the sign of x = 0 is not looked at. */
const decode = (bytes: Uint8Array): Point | undefined => {
	const y = integerOf(bytes) & ((1n << 255n) - 1n);
	if (y >= Fp.ORDER) return undefined;
	try {
		return Curve.fromBytes(bytes, true);
	} catch {
		return undefined;
	}
};

/** The Montgomery point of Elligator 2 with non-square 2, carried to the Edwards curve with even x, times 8. */
export const hashToCurve = (verificationKey: Uint8Array, alpha: Uint8Array): Point => {
	const uniform = sha512(Uint8Array.of(4, 1), verificationKey, alpha).subarray(0, 32);
	const r = Fp.create(integerOf(uniform) & ((1n << 255n) - 1n));
	const first = Fp.neg(Fp.div(A, Fp.add(1n, Fp.mul(2n, Fp.sqr(r)))));
	const value = (x: bigint): bigint => Fp.create(x * (x * x + A * x + 1n));
	const isSquare = Fp.pow(value(first), (Fp.ORDER - 1n) / 2n) !== Fp.ORDER - 1n;
	const x = isSquare ? first : Fp.sub(Fp.neg(first), A);
	const y = Fp.div(Fp.sub(x, 1n), Fp.add(x, 1n));
	return times(Curve.fromBytes(bytesOf(y), true), 8n);
};

export const challengeOf = (h: Point, gamma: Point, u: Point, v: Point): Uint8Array =>
	sha512(Uint8Array.of(4, 2), h.toBytes(), gamma.toBytes(), u.toBytes(), v.toBytes()).subarray(0, 16);

/** beta, or undefined. */
export const verifyVrfSlowly = (
	verificationKey: Uint8Array,
	proof: Uint8Array,
	alpha: Uint8Array,
): Uint8Array | undefined => {
	const key = decode(verificationKey);
	const gamma = decode(proof.subarray(0, 32));
	const challenge = proof.subarray(32, 48);
	const s = integerOf(proof.subarray(48, 80));
	if (key === undefined || gamma === undefined || s >= ORDER || times(key, 8n).is0()) return undefined;
	const negated = (ORDER - integerOf(challenge)) % ORDER;
	const h = hashToCurve(verificationKey, alpha);
	const u = times(Curve.BASE, s).add(times(key, negated));
	const v = times(h, s).add(times(gamma, negated));
	if (!equalBytes(challengeOf(h, gamma, u, v), challenge)) return undefined;
	return sha512(Uint8Array.of(4, 3), times(gamma, 8n).toBytes());
};
