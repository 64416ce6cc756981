/**
 * Raw Sum-KES files as the Haskell code writes them, told by their size and their inner hashes: signing keys of
 * 32 + 96 d bytes, signatures of 64 + 64 d, for depth d; a file of 32 bytes is a seed, the key of depth 0.
 * Files belong together by the verification key that follows from each. The message of a signature is that of the
 * reference's own tests or one of the other files given.
 */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {decodeSumKey, KES_KEY_BYTES} from '#crypto/kes/kes-key';
import {sumKeyBytes, sumSignatureBytes} from '#crypto/kes/sum-kes';
import {KES_DEPTH} from '#crypto/kes/verify-kes';
import {equalBytes} from '#kernel/bytes';
import type {ConformanceFile, ConformanceKind} from '../kind.ts';
import {checkKey, checkSignature, type KeyFile, type SignatureFile, TEST_MESSAGE} from './kes-checks.ts';

type Backend = Crypto & SecretCrypto;
/** The deepest that cardano-crypto-class has; more would take seconds to check. */
const DEPTH_MAX = 7;
const MESSAGE_BYTES_MAX = 1 << 16;

const depths = Array.from({length: DEPTH_MAX + 1}, (_, depth) => depth);

const isText = (bytes: Uint8Array): boolean => bytes.every(byte => byte < 0x7f && byte >= 9);

/** A file of the size that Cardano's keys have is taken even if it contradicts itself, so that a broken one fails. */
const keyOf = (crypto: Backend, file: ConformanceFile): KeyFile | undefined => {
	const depth = depths.find(candidate => sumKeyBytes(candidate) === file.bytes.length);
	if (depth === undefined) return undefined;
	const decoded = decodeSumKey(crypto, depth, file.bytes.slice());
	if (decoded.ok) return {file, depth, period: decoded.value.period};
	const taken = file.bytes.length === KES_KEY_BYTES && !isText(file.bytes);
	return taken ? {file, depth, period: undefined} : undefined;
};

/** Whether each pair of keys hashes to one of the pair above: what makes 64 + 64 d bytes a signature. */
const isChained = (crypto: Backend, depth: number, bytes: Uint8Array): boolean => {
	for (let level = 1; level < depth; level++) {
		const pair = bytes.subarray(sumSignatureBytes(level - 1), sumSignatureBytes(level));
		const above = bytes.subarray(sumSignatureBytes(level), sumSignatureBytes(level + 1));
		const hash = crypto.blake2b256(pair);
		if (!equalBytes(hash, above.subarray(0, 32)) && !equalBytes(hash, above.subarray(32))) return false;
	}
	return true;
};

const signatureOf = (crypto: Backend, file: ConformanceFile): SignatureFile | undefined => {
	const depth = depths.find(candidate => sumSignatureBytes(candidate) === file.bytes.length);
	// A signature of depth 0 or 1 has nothing that tells it from other bytes.
	if (depth === undefined || depth < 2) return undefined;
	const taken = depth === KES_DEPTH ? !isText(file.bytes) : isChained(crypto, depth, file.bytes);
	return taken ? {file, depth} : undefined;
};

export const kesFiles: ConformanceKind = {
	name: 'KES keys and signatures',
	recognise: (crypto, files) => {
		const keys = files.flatMap(file => keyOf(crypto, file) ?? []);
		const signatures = files.flatMap(file => signatureOf(crypto, file) ?? []);
		const used = [...keys, ...signatures].map(({file}) => file);
		const others = files.filter(file => !used.includes(file) && file.bytes.length <= MESSAGE_BYTES_MAX);
		const messages = [TEST_MESSAGE, ...others.map(({bytes}) => bytes)];
		return {
			used,
			cases: [
				...keys.map(key => ({name: key.file.name, check: () => checkKey(crypto, key, keys)})),
				...signatures.map(signature => ({
					name: signature.file.name,
					check: () => checkSignature(crypto, {signature, keys, messages}),
				})),
			],
		};
	},
};
