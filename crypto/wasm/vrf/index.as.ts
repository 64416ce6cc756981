/**
 * Verification of ECVRF-ED25519-SHA512-Elligator2, draft-irtf-cfrg-vrf-03, exactly as cardano-crypto-praos decides.
 * Nothing here is secret, so nothing is constant time: never prove with it.
 *
 * With Y the key, H the point of (Y, alpha), proof Gamma | c | s:
 * U = s B - c Y, V = s H - c Gamma; the proof holds when c is the first half of SHA-512(4 | 2 | H | Gamma | U | V).
 * Cardano's C multiplies by L - c where the draft says -c: the same, unless Y or Gamma has torsion.
 */
import {initConstants, ONE} from './constants.as';
import {hashToPoint} from './elligator.as';
import {decodePoint, encodePoint, isCanonicalPoint} from './encoding.as';
import {copy, FIELD_BYTES} from './field.as';
import {invertAll} from './field-power.as';
import {clearKeyCache, hasTorsion, orderMultipleOfKey, slotOfKey, tableOfKey} from './key-cache.as';
import {fillTable, initBaseTables, multiplyBaseAndShort, multiplyTwo} from './multiples.as';
import {addCached, copyPoint, extend, multiplyByCofactor, toProjective, Z} from './point.as';
import {isCanonicalScalar, negateChallenge} from './scalar.as';
import {sha512} from './sha512.as';

const SUITE: u8 = 4;
const HASH_TO_CURVE: u8 = 1;
const HASH_POINTS: u8 = 2;
const PROOF_TO_HASH: u8 = 3;

const PROOF: usize = memory.data(80);
const BETA: usize = memory.data(64);
const CHALLENGE: usize = PROOF + 32;
const RESPONSE: usize = PROOF + 48;

const GAMMA: usize = memory.data(320);
const GAMMA_TABLE: usize = memory.data(2560);
const H: usize = memory.data(320);
const H_TABLE: usize = memory.data(2560);
const U: usize = memory.data(320);
const V: usize = memory.data(320);
const GAMMA_CLEARED: usize = memory.data(320);
const NEGATED_CHALLENGE: usize = memory.data(32);
const INVERSES: usize = memory.data(320);
const PRODUCTS: usize = memory.data(320);
const DIGEST: usize = memory.data(64);
const MESSAGE: usize = memory.data(136);

/** Where the host writes the proof, 80 bytes. */
export function proofPointer(): usize {
	return PROOF;
}

/** Where the host writes the key, 32 bytes, and alpha after it; two bytes before it are ours. Memory beyond is free. */
export function keyPointer(): usize {
	return __heap_base + 2;
}

/** Where beta is after a `verify` that holds, 64 bytes. */
export function betaPointer(): usize {
	return BETA;
}

export function forgetKeys(): void {
	clearKeyCache();
}

function prefix(message: usize, step: u8): void {
	store<u8>(message, SUITE);
	store<u8>(message, step, 1);
}

function computeH(key: usize, alphaBytes: usize): void {
	prefix(key - 2, HASH_TO_CURVE);
	sha512(DIGEST, key - 2, 34 + alphaBytes);
	store<u8>(DIGEST, load<u8>(DIGEST, 31) & 0x7f, 31);
	hashToPoint(H, DIGEST);
	fillTable(H_TABLE, H);
}

/** U = s B + (L - c) Y: as s B + c (-Y), then L Y where that is not the identity. */
function computeU(slot: usize): void {
	multiplyBaseAndShort(U, RESPONSE, CHALLENGE, tableOfKey(slot));
	if (!hasTorsion(slot) || (load<u64>(CHALLENGE) | load<u64>(CHALLENGE, 8)) == 0) return;
	extend(U);
	addCached(U, orderMultipleOfKey(slot), true);
	toProjective(U);
}

/** V = s H + (L - c) Gamma. */
function computeV(): void {
	negateChallenge(NEGATED_CHALLENGE, CHALLENGE);
	fillTable(GAMMA_TABLE, GAMMA);
	multiplyTwo(V, RESPONSE, H_TABLE, NEGATED_CHALLENGE, GAMMA_TABLE);
}

/** Puts 1/Z of H, U, V and 8 Gamma into INVERSES. */
function invertDenominators(): void {
	copy(INVERSES, H + Z);
	copy(INVERSES + FIELD_BYTES, U + Z);
	copy(INVERSES + 2 * FIELD_BYTES, V + Z);
	copy(INVERSES + 3 * FIELD_BYTES, GAMMA_CLEARED + Z);
	invertAll(INVERSES, 4, PRODUCTS);
}

function challengeHolds(): bool {
	prefix(MESSAGE, HASH_POINTS);
	encodePoint(MESSAGE + 2, H, INVERSES);
	encodePoint(MESSAGE + 34, GAMMA, ONE);
	encodePoint(MESSAGE + 66, U, INVERSES + FIELD_BYTES);
	encodePoint(MESSAGE + 98, V, INVERSES + 2 * FIELD_BYTES);
	sha512(DIGEST, MESSAGE, 130);
	return memory.compare(DIGEST, CHALLENGE, 16) == 0;
}

/** Whether the proof holds for the key and `alphaBytes` bytes of alpha; if so beta is ready. */
export function verify(alphaBytes: usize): bool {
	const key = keyPointer();
	const slot = slotOfKey(key);
	if (slot == 0) return false;
	if (!isCanonicalPoint(PROOF) || !isCanonicalScalar(RESPONSE) || !decodePoint(GAMMA, PROOF)) return false;
	computeH(key, alphaBytes);
	computeU(slot);
	computeV();
	copyPoint(GAMMA_CLEARED, GAMMA);
	multiplyByCofactor(GAMMA_CLEARED);
	invertDenominators();
	if (!challengeHolds()) return false;
	prefix(MESSAGE, PROOF_TO_HASH);
	encodePoint(MESSAGE + 2, GAMMA_CLEARED, INVERSES + 3 * FIELD_BYTES);
	sha512(BETA, MESSAGE, 34);
	return true;
}

/** Once, before anything else. */
export function init(): void {
	initConstants();
	initBaseTables();
}
