/** What byron-genesis.json says that headers are judged with: the genesis keys and whom they let sign (cardano-ledger, `Cardano.Chain.Genesis`). */
import type {Crypto, Hasher} from '#crypto/crypto';
import {parseBase64url} from '#kernel/base64url';
import {toHex} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {isByronCertificate} from './byron-signature.ts';
import {canonicalJson} from './canonical-json.ts';
import {
	countField,
	fieldsOf,
	hexField,
	type JsonFieldFailure,
	type JsonFields,
	readJsonText,
	wrongField,
} from './json-fields.ts';

/** A genesis key and the key that it lets sign from the start. Keys are 64 bytes: Ed25519 and a chain code, which signatures do not need. */
export type ByronGenesisKey = {readonly issuerVk: Uint8Array; readonly delegateVk: Uint8Array};

export type ByronGenesis = {
	/** blake2b-256 of the file in canonical JSON, in hexadecimal: what the first block names as its parent. */
	readonly hash: string;
	readonly networkMagic: number;
	readonly k: number;
	readonly startMs: number;
	readonly slotLengthMs: number;
	readonly keys: readonly ByronGenesisKey[];
};

const WORD32_MAX = 0xff_ff_ff_ff;
const KEY_BYTES = 64;
const CERTIFICATE_BYTES = 64;
/** Who signed is kept as one byte. */
const KEYS_MAX = 255;
/** The signers of that many blocks are kept with each block. */
const K_MAX = 65_536;

/** Of the file's JSON, however it is laid out: what cardano-node's configuration calls ByronGenesisHash. */
const hashOf = (hasher: Hasher, json: unknown): string =>
	toHex(
		hasher.blake2b256(
			encodeUtf8(canonicalJson(json) ?? wrongField('byron genesis', 'whole numbers, few levels')),
		),
	);

const keyField = (fields: JsonFields, name: string, path: string): Uint8Array => {
	const text = fields[name];
	const plain = typeof text === 'string' ? text.replace(/[=]+$/, '') : '';
	const key = parseBase64url(plain.replaceAll('+', '-').replaceAll('/', '_'));
	return key?.length === KEY_BYTES ? key : wrongField(`${path}.${name}`, `${KEY_BYTES} bytes in base64`);
};

const keysField = (crypto: Crypto, networkMagic: number, value: unknown): readonly ByronGenesisKey[] => {
	const all = Object.entries(fieldsOf(value, 'heavyDelegation'));
	if (all.length > KEYS_MAX) return wrongField('heavyDelegation', `at most ${KEYS_MAX} keys`);
	return all.map(([id, certificate]) => {
		const path = `heavyDelegation.${id}`;
		const fields = fieldsOf(certificate, path);
		const issuerVk = keyField(fields, 'issuerPk', path);
		const delegateVk = keyField(fields, 'delegatePk', path);
		const signature = hexField(fields['cert'], `${path}.cert`, CERTIFICATE_BYTES);
		const epoch = countField(fields, 'omega');
		if (!isByronCertificate(crypto, networkMagic, {epoch, issuerVk, delegateVk, signature}))
			return wrongField(`${path}.cert`, 'a signature by the genesis key');
		return {issuerVk, delegateVk};
	});
};

const millisecondsField = (fields: JsonFields, name: string): number => {
	const text = fields[name];
	const isCount = typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text);
	return isCount ? Number(text) : wrongField(name, 'milliseconds as text');
};

/** Reads the whole file; every delegation in it has to be signed. */
export const parseByronGenesis = (crypto: Crypto, text: string): Result<ByronGenesis, JsonFieldFailure> =>
	readJsonText(text, json => {
		const fields = fieldsOf(json, 'byron genesis');
		const constants = fieldsOf(fields['protocolConsts'], 'protocolConsts');
		const networkMagic = countField(constants, 'protocolMagic', WORD32_MAX);
		return {
			hash: hashOf(crypto, json),
			networkMagic,
			k: countField(constants, 'k', K_MAX) || wrongField('protocolConsts.k', 'more than 0'),
			startMs: countField(fields, 'startTime', WORD32_MAX) * 1_000,
			slotLengthMs: millisecondsField(
				fieldsOf(fields['blockVersionData'], 'blockVersionData'),
				'slotDuration',
			),
			keys: keysField(crypto, networkMagic, fields['heavyDelegation']),
		};
	});
