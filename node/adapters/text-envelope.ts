/**
 * cardano-cli's text envelopes: JSON `{type, description, cborHex}`, where the CBOR is the key's bytes or a
 * certificate. Files with secrets are made with mode 0600 and refused when others may read them.
 */
import {parseHex, toHex} from '#kernel/bytes';
import {bytesBetween, decode, encode} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {err, ok, type Result} from '#kernel/result';
import {PROVE_BYTES_MAX} from '#ledger/limits';
import {readBoundedFile, writeFileAtomically} from './private-file.ts';
import {replaceSecretFile} from './secret-file.ts';

type Shape = {readonly description: string; readonly bytes: number; readonly secret: boolean};

const signing = (description: string, bytes: number): Shape => ({description, bytes, secret: true});
const verification = (description: string, bytes = 32): Shape => ({description, bytes, secret: false});

/** Key types, by cardano-cli's names; `DCloud…` are ours. */
export type KeyType =
	| `${'StakePool' | 'DCloudCheckpoint' | 'DCloudOperator'}${'Signing' | 'Verification'}Key_ed25519`
	| `Payment${'Signing' | 'Verification'}KeyShelley_ed25519`
	| `PaymentExtended${'Signing' | 'Verification'}KeyShelley_ed25519_bip32`
	| `Vrf${'Signing' | 'Verification'}Key_PraosVRF`
	| `Kes${'Signing' | 'Verification'}Key_ed25519_kes_2^6`;

/** `bytes` is the length of the key itself. */
export const keyTypes: Readonly<Record<KeyType, Shape>> = {
	StakePoolSigningKey_ed25519: signing('Stake Pool Operator Signing Key', 32),
	StakePoolVerificationKey_ed25519: verification('Stake Pool Operator Verification Key'),
	VrfSigningKey_PraosVRF: signing('VRF Signing Key', 64),
	VrfVerificationKey_PraosVRF: verification('VRF Verification Key'),
	'KesSigningKey_ed25519_kes_2^6': signing('KES Signing Key', 608),
	'KesVerificationKey_ed25519_kes_2^6': verification('KES Verification Key'),
	PaymentSigningKeyShelley_ed25519: signing('Payment Signing Key', 32),
	PaymentVerificationKeyShelley_ed25519: verification('Payment Verification Key'),
	PaymentExtendedSigningKeyShelley_ed25519_bip32: signing('Payment Signing Key', 128),
	PaymentExtendedVerificationKeyShelley_ed25519_bip32: verification('Payment Verification Key', 64),
	DCloudCheckpointSigningKey_ed25519: signing('dCloud Checkpoint Signing Key', 32),
	DCloudCheckpointVerificationKey_ed25519: verification('dCloud Checkpoint Verification Key'),
	DCloudOperatorSigningKey_ed25519: signing('dCloud Operator Signing Key', 32),
	DCloudOperatorVerificationKey_ed25519: verification('dCloud Operator Verification Key'),
};

export type TextEnvelope = {
	readonly type: string;
	readonly description: string;
	readonly cbor: Uint8Array;
};

export type TextEnvelopeFailure = {
	readonly code: 'TEXT_ENVELOPE_BAD_JSON' | 'TEXT_ENVELOPE_BAD_FIELD';
	readonly field?: 'type' | 'description' | 'cborHex';
};

/** The longest transaction, in hexadecimal, with room for the rest. */
const FILE_BYTES_MAX = 2 * PROVE_BYTES_MAX + 4096;
const keyBytes = bytesBetween(0, 8192);

export const formatTextEnvelope = ({type, description, cbor}: TextEnvelope): string =>
	`${JSON.stringify({type, description, cborHex: toHex(cbor)}, null, 4)}\n`;

/** The envelope that a JSON text is. */
export const parseTextEnvelope = (text: string): Result<TextEnvelope, TextEnvelopeFailure> => {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return err({code: 'TEXT_ENVELOPE_BAD_JSON'});
	}
	if (typeof json !== 'object' || json === null || Array.isArray(json))
		return err({code: 'TEXT_ENVELOPE_BAD_JSON'});
	const {type, description, cborHex} = json as Record<string, unknown>;
	if (typeof type !== 'string' || type === '') return err({code: 'TEXT_ENVELOPE_BAD_FIELD', field: 'type'});
	if (typeof description !== 'string') return err({code: 'TEXT_ENVELOPE_BAD_FIELD', field: 'description'});
	const cbor = typeof cborHex === 'string' ? parseHex(cborHex) : undefined;
	if (cbor === undefined || cbor.length === 0)
		return err({code: 'TEXT_ENVELOPE_BAD_FIELD', field: 'cborHex'});
	return ok({type, description, cbor});
};

const isSecret = (type: string): boolean => Object.hasOwn(keyTypes, type) && keyTypes[type as KeyType].secret;

const badFile = (file: string, problem: string, detail: object = {}): NodeError =>
	new NodeError({
		...detail,
		code: 'KEY_FILE_BAD',
		file,
		message: `${file} is not the key file that belongs here: ${problem}.`,
	});

/** The envelope in `file`, which must be of one of `types`. Throws KEY_FILE_BAD, KEY_FILE_OPEN, FILE_…. */
export const readTextEnvelope = async (file: string, ...types: readonly string[]): Promise<TextEnvelope> => {
	const ownerOnly = types.every(isSecret);
	const parsed = parseTextEnvelope(await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX, ownerOnly}));
	if (!parsed.ok) throw badFile(file, parsed.error.code, {failure: parsed.error});
	// Where open and secret types may stand, the secret ones are looked at once more.
	if (!ownerOnly && isSecret(parsed.value.type))
		await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX, ownerOnly: true});
	if (!types.includes(parsed.value.type))
		throw badFile(file, `it is a ${parsed.value.type}, wanted is ${types.join(' or ')}`);
	return parsed.value;
};

/** Writes an envelope; a file that exists is replaced only with `replace`. Throws FILE_EXISTS and FILE_UNWRITABLE. */
export const writeTextEnvelope = async (
	file: string,
	envelope: TextEnvelope,
	{replace = false}: {readonly replace?: boolean} = {},
): Promise<void> => {
	const mode = isSecret(envelope.type) ? 0o600 : 0o644;
	await writeFileAtomically(file, formatTextEnvelope(envelope), {mode, exclusive: !replace});
};

export const keyEnvelope = (type: KeyType, key: Uint8Array): TextEnvelope => ({
	type,
	description: keyTypes[type].description,
	cbor: encode(keyBytes, key),
});

/** The key's bytes in `file`. Throws like `readTextEnvelope`. */
export const readKeyFile = async (file: string, type: KeyType): Promise<Uint8Array> => {
	const {cbor} = await readTextEnvelope(file, type);
	const decoded = decode(keyBytes, cbor);
	if (!decoded.ok) throw badFile(file, decoded.error.code, {failure: decoded.error});
	const wanted = keyTypes[type].bytes;
	if (decoded.value.length !== wanted)
		throw badFile(file, `its key has ${decoded.value.length} bytes, not ${wanted}`);
	return decoded.value;
};

export const writeKeyFile = async (
	file: string,
	type: KeyType,
	key: Uint8Array,
	options?: {readonly replace?: boolean},
): Promise<void> => writeTextEnvelope(file, keyEnvelope(type, key), options);

/** Puts a new key in place of an old one, whose bytes are overwritten. */
export const replaceKeyFile = (file: string, type: KeyType, key: Uint8Array): Promise<void> =>
	replaceSecretFile(file, formatTextEnvelope(keyEnvelope(type, key)));
