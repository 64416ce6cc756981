/** The checks of raw Sum-KES keys and signatures, and how files are found to belong together. */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {decodeSumKey} from '#crypto/kes/kes-key';
import {
	evolveSumKey,
	generateSumKey,
	signSum,
	sumKeyBytes,
	sumVerificationKey,
	sumVerificationKeyOf,
} from '#crypto/kes/sum-kes';
import {verifySumKes} from '#crypto/kes/verify-kes';
import {equalBytes, toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {difference, verdictOf} from '../fields.ts';
import {type ConformanceFile, fails, holds, type Verdict, verdict} from '../kind.ts';

type Backend = Crypto & SecretCrypto;

/** A file taken for a signing key of `depth`; `period` undefined when it contradicts itself. */
export type KeyFile = {
	readonly file: ConformanceFile;
	readonly depth: number;
	readonly period: number | undefined;
};
export type SignatureFile = {readonly file: ConformanceFile; readonly depth: number};

/** What the reference's own tests sign. */
export const TEST_MESSAGE: Uint8Array = encodeUtf8('test message');

const copyOf = (key: KeyFile): Uint8Array => key.file.bytes.slice();

/** Moves a key from one period to another, in place. */
const evolve = (
	crypto: Backend,
	depth: number,
	bytes: Uint8Array,
	{from, to}: {readonly from: number; readonly to: number},
): Uint8Array => {
	for (let period = from; period < to; period++) evolveSumKey(crypto, depth, bytes, period);
	return bytes;
};

/** What `origin` is at `period` as a key of `depth` and of verification key `vk`; undefined when it is not its origin. */
const replayed = (
	crypto: Backend,
	origin: KeyFile,
	{depth, period, vk}: {readonly depth: number; readonly period: number; readonly vk: Uint8Array},
): Uint8Array | undefined => {
	if (origin.depth === 0 && equalBytes(sumVerificationKey(crypto, depth, copyOf(origin)), vk)) {
		const generated = new Uint8Array(sumKeyBytes(depth));
		generateSumKey(crypto, depth, copyOf(origin), generated);
		return evolve(crypto, depth, generated, {from: 0, to: period});
	}
	if (origin.depth !== depth || origin.period === undefined || origin.period > period) return undefined;
	if (!equalBytes(sumVerificationKeyOf(crypto, depth, origin.file.bytes), vk)) return undefined;
	return evolve(crypto, depth, copyOf(origin), {from: origin.period, to: period});
};

/** A key must be what a given seed generates and a given earlier key becomes. */
const originComplaints = (
	crypto: Backend,
	{depth, file}: KeyFile,
	period: number,
	keys: readonly KeyFile[],
): (string | undefined)[] => {
	if (depth === 0) return [];
	const vk = sumVerificationKeyOf(crypto, depth, file.bytes);
	return keys.map(origin => {
		const expected = replayed(crypto, origin, {depth, period, vk});
		return expected && difference(`the key against what ${origin.file.name} becomes`, file.bytes, expected);
	});
};

/** The key is whole, what it signs holds in its period and not in the next, and it comes from where it must. */
export const checkKey = (crypto: Backend, key: KeyFile, keys: readonly KeyFile[]): Verdict => {
	const {depth, file} = key;
	const decoded = decodeSumKey(crypto, depth, copyOf(key));
	if (!decoded.ok) return fails(`is no signing key: ${JSON.stringify(decoded.error)}`);
	const claim = {
		verificationKey: sumVerificationKeyOf(crypto, depth, file.bytes),
		message: TEST_MESSAGE,
		signature: signSum(crypto, depth, file.bytes, TEST_MESSAGE),
	};
	const {period} = decoded.value;
	return verdictOf([
		verifySumKes(crypto, depth, {...claim, period}) ? undefined : 'its signature does not hold',
		depth > 0 && verifySumKes(crypto, depth, {...claim, period: period ^ 1})
			? 'its signature holds in another period'
			: undefined,
		...originComplaints(crypto, key, period, keys),
	]);
};

type Signed = {readonly message: Uint8Array; readonly period: number};

const findSigned = (
	crypto: Backend,
	{depth, file}: SignatureFile,
	messages: readonly Uint8Array[],
): Signed | undefined => {
	const verificationKey = crypto.blake2b256(file.bytes.subarray(-64));
	for (const message of messages)
		for (let period = 0; period < 2 ** depth; period++)
			if (verifySumKes(crypto, depth, {verificationKey, period, message, signature: file.bytes}))
				return {message, period};
	return undefined;
};

/** The signature holds in one period, and the given key of that period or an earlier one makes the same bytes. */
export const checkSignature = (
	crypto: Backend,
	{
		signature,
		keys,
		messages,
	}: {
		readonly signature: SignatureFile;
		readonly keys: readonly KeyFile[];
		readonly messages: readonly Uint8Array[];
	},
): Verdict => {
	const {depth, file} = signature;
	const signed = findSigned(crypto, signature, messages);
	if (signed === undefined)
		return fails('holds in no period, neither for "test message" nor for a given file');
	const vk = crypto.blake2b256(file.bytes.subarray(-64));
	const family = keys.filter(
		key => key.depth === depth && equalBytes(sumVerificationKeyOf(crypto, depth, key.file.bytes), vk),
	);
	const seed = keys.find(
		key => key.depth === 0 && equalBytes(sumVerificationKey(crypto, depth, copyOf(key)), vk),
	);
	if (keys.some(key => key.depth === depth) && family.length === 0 && seed === undefined)
		return fails(`is by ${toHex(vk)}, which is the key of none of the given files`);
	const signer = family.find(key => key.period !== undefined && key.period <= signed.period);
	if (signer === undefined) return holds;
	const range = {from: signer.period ?? 0, to: signed.period};
	const bytes = evolve(crypto, depth, copyOf(signer), range);
	return verdict(
		equalBytes(signSum(crypto, depth, bytes, signed.message), file.bytes),
		`${signer.file.name} signs otherwise in period ${signed.period}`,
	);
};
