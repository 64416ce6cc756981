import {concat, fromHex} from '#kernel/bytes';
import {bytesOf, Curve, challengeOf, hashToCurve, ORDER, type Point, times} from './vrf-reference.ts';

/** A point of order 8. */
const TORSION: Point = Curve.fromBytes(
	fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
	true,
);

export type Forgery = {
	readonly secret: bigint;
	readonly nonce: bigint;
	readonly alpha: Uint8Array;
	/** Multiples of a point of order 8 that the forger adds to the key and to Gamma. */
	readonly keyTorsion: number;
	readonly gammaTorsion: number;
};

export type Claim = {
	readonly verificationKey: Uint8Array;
	readonly proof: Uint8Array;
	readonly alpha: Uint8Array;
};

/** A proof as its owner can make it who adds torsion: it holds when the torsion happens to cancel, as Cardano computes. */
export const forgeProof = ({secret, nonce, alpha, keyTorsion, gammaTorsion}: Forgery): Claim => {
	const key = times(Curve.BASE, secret).add(times(TORSION, BigInt(keyTorsion)));
	const verificationKey = key.toBytes();
	const h = hashToCurve(verificationKey, alpha);
	const gamma = times(h, secret).add(times(TORSION, BigInt(gammaTorsion)));
	const challenge = challengeOf(h, gamma, times(Curve.BASE, nonce), times(h, nonce));
	const c = challenge.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
	const s = (nonce + c * secret) % ORDER;
	return {verificationKey, proof: concat(gamma.toBytes(), challenge, bytesOf(s)), alpha};
};
