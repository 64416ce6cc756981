import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {eraseKesKey, kesVerificationKey} from '#crypto/kes/kes-key';
import {decodeBech32, encodeBech32} from '#kernel/bech32';
import {NodeError} from '#kernel/node-error';
import {loadKesKey} from '#node/adapters/forging-key-files';
import {type KeyKind, readSigningKey, typesOf} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile, writeFileAtomically} from '#node/adapters/private-file';
import {keyTypes, readKeyFile, readTextEnvelope, writeKeyFile} from '#node/adapters/text-envelope';
import type {Verb} from '../answer.ts';
import {type KindOfType, kindOfType} from '../key-kinds.ts';
import {textOption} from '../sending.ts';
import {kindOf} from './keys-make.ts';

/** What stands before a key in Bech32 (CIP-5); kinds that Cardano does not know are plain Ed25519 keys there. */
const PREFIXES: Readonly<Record<KeyKind, string>> = {
	cold: 'pool',
	vrf: 'vrf',
	kes: 'kes',
	account: 'addr',
	operator: 'ed25519',
	checkpoint: 'ed25519',
};

const FILE_BYTES_MAX = 64 * 1024;

type Key = KindOfType & {readonly bytes: Uint8Array};

const impossible = (file: string, problem: string): NodeError =>
	new NodeError({code: 'KEY_NOT_CONVERTIBLE', file, message: `${file} cannot be converted so: ${problem}.`});

const kindOfPrefix = (prefix: string): KindOfType | undefined => {
	const isSigning = prefix.endsWith('_sk');
	if (!isSigning && !/_(?:vk|pk)$/.test(prefix)) return undefined;
	const name = prefix.slice(0, -3);
	if (name === 'ed25519') return {kind: 'operator', isSigning};
	const kind = (Object.keys(PREFIXES) as KeyKind[]).find(each => PREFIXES[each] === name);
	return kind && {kind, isSigning};
};

/** Undefined when the text is none; a wrong one is refused. */
const readBech32 = async (file: string): Promise<Key | undefined> => {
	const text = (await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX})).trim();
	if (!/^[a-z0-9_]+1[a-z0-9]+$/.test(text)) return undefined;
	const decoded = decodeBech32(text);
	if (!decoded.ok) throw impossible(file, decoded.error.code);
	const {prefix, bytes} = decoded.value;
	const known = kindOfPrefix(prefix);
	if (known === undefined) throw impossible(file, `it is a ${prefix}`);
	if (known.isSigning) await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX, ownerOnly: true});
	const type = typesOf[known.kind][known.isSigning ? 'signing' : 'verification'];
	if (bytes.length !== keyTypes[type].bytes) throw impossible(file, `its key has ${bytes.length} bytes`);
	return {...known, bytes};
};

const readKey = async (file: string): Promise<Key> => {
	const inBech32 = await readBech32(file);
	if (inBech32 !== undefined) return inBech32;
	const {type} = await readTextEnvelope(file, ...Object.keys(keyTypes));
	const known = kindOfType(type);
	return {
		...known,
		bytes: await readKeyFile(file, typesOf[known.kind][known.isSigning ? 'signing' : 'verification']),
	};
};

/** Its verification key, from a signing key in an envelope, whose parts are checked. */
const verificationKeyOf = async (
	crypto: Crypto & SecretCrypto,
	file: string,
	{kind}: Key,
): Promise<Uint8Array> => {
	if (kind !== 'kes') {
		const {seed, verificationKey} = await readSigningKey(crypto, file, kind);
		seed.fill(0);
		return verificationKey;
	}
	const key = await loadKesKey(crypto, file);
	const verificationKey = kesVerificationKey(crypto, key);
	eraseKesKey(key);
	return verificationKey;
};

const isEd25519 = (kind: KeyKind): boolean => kind !== 'vrf' && kind !== 'kes';

const write = async (out: string, {kind, isSigning, bytes}: Key): Promise<string> => {
	const type = typesOf[kind][isSigning ? 'signing' : 'verification'];
	await writeKeyFile(out, type, bytes);
	return type;
};

const writeBech32 = async (out: string, {kind, isSigning, bytes}: Key): Promise<string> => {
	const name = PREFIXES[kind];
	const prefix = `${name}_${isSigning ? 'sk' : name === 'ed25519' ? 'pk' : 'vk'}`;
	const mode = isSigning ? 0o600 : 0o644;
	await writeFileAtomically(out, `${encodeBech32(prefix, bytes)}\n`, {mode, exclusive: true});
	return prefix;
};

export const convert: Verb = async ([file = ''], options) => {
	const [to, out] = [textOption(options, 'to'), textOption(options, 'out')];
	const crypto = await createNativeCrypto();
	const key = await readKey(file);
	const made = async (): Promise<string> => {
		if (to === 'bech32') return writeBech32(out, key);
		if (to === 'envelope') return write(out, key);
		if (to === 'verification') {
			if (!key.isSigning) throw impossible(file, 'it is a verification key already');
			return write(out, {...key, isSigning: false, bytes: await verificationKeyOf(crypto, file, key)});
		}
		const kind = kindOf(to);
		if (kind !== key.kind && !(isEd25519(kind) && isEd25519(key.kind)))
			throw impossible(file, `a ${key.kind} key is no ${kind} key`);
		return write(out, {...key, kind});
	};
	try {
		const type = await made();
		return {data: {type, file: out}, text: `${out} is a ${type}`};
	} finally {
		key.bytes.fill(0);
	}
};
