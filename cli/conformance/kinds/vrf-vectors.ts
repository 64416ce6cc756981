/**
 * The text form of cardano-base's VRF vectors: lines `name: hexadecimal` with pk, alpha (or `empty`), pi, beta, the
 * seed sk where it is told, and ver, which must be that of draft 03. A repeated name begins the next vector.
 */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {decodeUtf8} from '#kernel/utf8';
import {difference, hexField, judged, verdictOf} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import type {ConformanceFile, ConformanceKind, Verdict} from '../kind.ts';

const BYTES_MAX = 1 << 20;
const LINE = /^\s*([a-z]+):\s*(\S*)\s*$/i;
const NEEDED = ['pk', 'alpha', 'pi', 'beta'];
const DRAFT_03 = 'ietfdraft03';
const SEED_BYTES = 32;

const vectorsOf = (text: string): readonly Map<string, string>[] => {
	const vectors: Map<string, string>[] = [];
	let vector = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [, name, value] = LINE.exec(line) ?? [];
		if (name === undefined || value === undefined) continue;
		if (vectors.length === 0 || vector.has(name)) {
			vector = new Map();
			vectors.push(vector);
		}
		vector.set(name, value);
	}
	return vectors;
};

const recognised = (file: ConformanceFile): readonly JsonObject[] | undefined => {
	if (file.bytes.length > BYTES_MAX) return undefined;
	const text = decodeUtf8(file.bytes);
	if (text === undefined) return undefined;
	const vectors = vectorsOf(text);
	// Other drafts have the same form, and nothing here is meant for them.
	if (vectors.some(vector => (vector.get('ver') ?? DRAFT_03) !== DRAFT_03)) return undefined;
	return vectors.some(vector => NEEDED.every(name => vector.has(name)))
		? vectors.map(vector => Object.fromEntries(vector))
		: undefined;
};

const alphaOf = (vector: JsonObject): Uint8Array =>
	vector['alpha'] === 'empty' ? new Uint8Array(0) : hexField(vector, 'alpha');

/** What the holder of the seed computes: the key, the proof, beta. */
const proverComplaints = (
	crypto: SecretCrypto,
	vector: JsonObject,
	alpha: Uint8Array,
): (string | undefined)[] => {
	// 32 bytes, or with the verification key after them.
	const seed = hexField(vector, 'sk').subarray(0, SEED_BYTES);
	if (seed.length !== SEED_BYTES) return ['sk is not 32 bytes'];
	const proof = crypto.proveVrf(seed, alpha);
	return [
		difference('the key of sk', crypto.ed25519VerificationKey(seed), hexField(vector, 'pk')),
		difference('the proof by sk', proof, hexField(vector, 'pi')),
		difference('the output of the proof by sk', crypto.vrfOutput(proof), hexField(vector, 'beta')),
	];
};

const check = (crypto: Crypto & SecretCrypto, vector: JsonObject): Verdict => {
	const alpha = alphaOf(vector);
	const output = crypto.verifyVrf(hexField(vector, 'pk', 32), hexField(vector, 'pi', 80), alpha);
	return verdictOf([
		output === undefined
			? 'the proof is refused'
			: difference('the output of the proof', output, hexField(vector, 'beta', 64)),
		...('sk' in vector ? proverComplaints(crypto, vector, alpha) : []),
	]);
};

export const vrfVectors: ConformanceKind = {
	name: 'VRF vectors',
	recognise: (crypto, files) => {
		const found = files.flatMap(file => {
			const vectors = recognised(file);
			return vectors === undefined ? [] : [{file, vectors}];
		});
		return {
			used: found.map(({file}) => file),
			cases: found.flatMap(({file, vectors}) =>
				vectors.map((vector, index) => ({
					name: vectors.length === 1 ? file.name : `${file.name}: ${index + 1}`,
					check: () => judged(() => check(crypto, vector)),
				})),
			),
		};
	},
};
