/** Shapes and bytes of headers, counters, tie-breaks, and keys and points of mixed order. */
import {type ChainTip, isPreferred} from '#consensus/chain/chain-selection';
import {decodeCardanoHeader} from '#consensus/header/cardano-header';
import {decodeHeader} from '#consensus/header/header';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {checkKesSignature} from '#consensus/header/rules/check-kes-signature';
import {testParams} from '#consensus/profiles';
import type {Crypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import type {Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {difference, hexField, objectField, textField, verdictOf} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import {fails, type Verdict} from '../kind.ts';
import {bigCountField, countField} from './count-field.ts';

const same = (what: string, actual: unknown, wanted: unknown): string | undefined =>
	actual === wanted ? undefined : `${what} is ${String(actual)}, not ${String(wanted)}`;

const codeOf = (outcome: Result<unknown>): string => (outcome.ok ? 'ok' : outcome.error.code);

export const checkHeaderShape = (crypto: Crypto, entry: JsonObject): Verdict => {
	const bytes = hexField(entry, 'header');
	const decoded = decodeCardanoHeader(crypto, bytes);
	if (!decoded.ok) return fails(decoded.error.code);
	return verdictOf([
		same('the kind', decoded.value.kind, textField(entry, 'kind')),
		difference('the hash', decoded.value.header.hash, hexField(entry, 'hash', 32)),
		same('our chain’s verdict', codeOf(decodeHeader(crypto, bytes)), textField(entry, 'ownChain')),
	]);
};

/** Hash and signature are over the bytes that came; our own chain has one encoding and takes no other. */
export const checkWireBytes = (crypto: Crypto, entry: JsonObject): Verdict => {
	const bytes = hexField(entry, 'header');
	const decoded = decodeHeader(crypto, bytes, {canonical: false});
	const reencoded = decodeHeader(crypto, hexField(entry, 'reencoded'));
	if (!decoded.ok || !reencoded.ok) return fails('a header does not decode');
	const signed = checkKesSignature(crypto, testParams, decoded.value);
	return verdictOf([
		difference('the hash', decoded.value.hash, hexField(entry, 'hash', 32)),
		difference('the hash of the other encoding', reencoded.value.hash, hexField(entry, 'reencodedHash', 32)),
		signed.ok ? undefined : signed.error.code,
		checkKesSignature(crypto, testParams, reencoded.value).ok ? 'the signature holds over both' : undefined,
		same('our chain’s verdict', codeOf(decodeHeader(crypto, bytes)), textField(entry, 'ownChain')),
	]);
};

export const checkFirstCounter = (_: Crypto, entry: JsonObject): Verdict => {
	const poolId = Hash28(new Uint8Array(28).fill(1));
	const isSeen = textField(entry, 'stored') !== 'none';
	const counters = new Map<string, bigint>(isSeen ? [[toHex(poolId), bigCountField(entry, 'stored')]] : []);
	const pool = {stake: Ratio(1n, 1n), vrfKeyHash: Hash32(new Uint8Array(32))};
	const view = {pool: () => (entry['hasStake'] === true ? pool : undefined)};
	const operationalCertificate = {
		hotVk: new Uint8Array(32),
		counter: bigCountField(entry, 'counter'),
		startPeriod: 0n,
		signature: new Uint8Array(64),
	};
	const outcome = checkCounter({counters}, view, poolId, {operationalCertificate});
	return verdictOf([same('the outcome', codeOf(outcome), textField(entry, 'expected'))]);
};

const tipField = (crypto: Crypto, entry: JsonObject, name: string): ChainTip => {
	const tip = objectField(entry, name);
	return {
		blockNo: BlockNo(countField(tip, 'blockNo')),
		slot: Slot(countField(tip, 'slot')),
		hash: crypto.blake2b256(encodeUtf8(name)),
		issuerVk: crypto.blake2b256(encodeUtf8(textField(tip, 'issuer'))),
		counter: bigCountField(tip, 'counter'),
		vrfOutput: hexField(tip, 'vrfOutput', 64),
	};
};

export const checkPreference = (crypto: Crypto, entry: JsonObject): Verdict => {
	const preferred = isPreferred(tipField(crypto, entry, 'current'), tipField(crypto, entry, 'candidate'));
	return verdictOf([same('preferring the candidate', preferred, entry['preferred'])]);
};

export const checkEd25519 = (crypto: Crypto, entry: JsonObject): Verdict => {
	const [signature, message, key] = [
		hexField(entry, 'signature', 64),
		hexField(entry, 'message'),
		hexField(entry, 'verificationKey', 32),
	];
	return verdictOf([same('the verdict', crypto.verifyEd25519(signature, message, key), entry['valid'])]);
};

export const checkVrfMixedOrder = (crypto: Crypto, entry: JsonObject): Verdict => {
	const [key, proof, alpha] = [
		hexField(entry, 'verificationKey', 32),
		hexField(entry, 'proof', 80),
		hexField(entry, 'alpha'),
	];
	const output = crypto.verifyVrf(key, proof, alpha);
	if (textField(entry, 'output') === 'none')
		return verdictOf([output === undefined ? undefined : 'the proof holds']);
	const wanted = hexField(entry, 'output', 64);
	return verdictOf([
		output !== undefined && equalBytes(output, wanted) ? undefined : 'the proof does not give the output',
	]);
};
