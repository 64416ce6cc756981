/** What pays on Cardano: cardano-cli's keys, and the words of a wallet. */
import type {SecretCrypto} from '#crypto/crypto';
import type {ExtendedKey, PaymentKey} from '#onchain/cardano/key-address';
import {checkedPhrase} from './phrase.ts';
import {readBoundedFile} from './private-file.ts';
import {parseTextEnvelope, readKeyFile, readTextEnvelope} from './text-envelope.ts';

const SEED = 'PaymentSigningKeyShelley_ed25519';
const EXTENDED = 'PaymentExtendedSigningKeyShelley_ed25519_bip32';
const VERIFICATION = 'PaymentVerificationKeyShelley_ed25519';
const EXTENDED_VERIFICATION = 'PaymentExtendedVerificationKeyShelley_ed25519_bip32';

const FILE_BYTES_MAX = 64 * 1024;
/** Words and white space, where key files are JSON. */
const WORDS = /^\s*\p{L}+(?:\s+\p{L}+)+\s*$/u;

/** CIP-1852's, of the phrase of a wallet. */
export type WalletAccount = {readonly account?: number | undefined};

/** Loaded only for keys that wallets derive: the library under it takes a second. */
const derivation = (): Promise<typeof import('./lucid/derived-key.ts')> => import('./lucid/derived-key.ts');

/** Where the file holds words: others must not be able to read them. Throws PHRASE_*, KEY_FILE_OPEN and FILE_…. */
const phraseKey = async (file: string, account: number): Promise<ExtendedKey | undefined> => {
	if (!WORDS.test(await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}))) return undefined;
	const words = await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX, ownerOnly: true});
	return (await derivation()).keyOfPhrase(checkedPhrase(words), account);
};

const isExtended = async (file: string): Promise<boolean> => {
	const parsed = parseTextEnvelope(await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}));
	return parsed.ok && parsed.value.type === EXTENDED;
};

/**
 * The key in a file that a wallet has derived: from the words in it, the first one, or cardano-cli's extended one; undefined for
 * anything else. Throws KEY_FILE_BAD, KEY_FILE_OPEN, PHRASE_* and FILE_….
 */
export const findDerivedKey = async (
	file: string,
	{account = 0}: WalletAccount = {},
): Promise<ExtendedKey | undefined> => {
	const ofPhrase = await phraseKey(file, account);
	if (ofPhrase !== undefined || !(await isExtended(file))) return ofPhrase;
	return (await derivation()).keyOfExtended(await readKeyFile(file, EXTENDED), file);
};

/** The signing key in a file: cardano-cli's plain one, or one as above. Throws as `findDerivedKey` does. */
export const readPaymentKey = async (file: string, account?: WalletAccount): Promise<PaymentKey> =>
	(await findDerivedKey(file, account)) ?? readKeyFile(file, SEED);

/** What is known of a key without signing: of a verification key too. Throws as `readPaymentKey` does. */
export const readKnownKey = async (
	crypto: Pick<SecretCrypto, 'ed25519VerificationKey'>,
	file: string,
	account?: WalletAccount,
): Promise<Pick<ExtendedKey, 'verificationKey' | 'stakeKeyHash'>> => {
	const derived = await findDerivedKey(file, account);
	if (derived !== undefined) return derived;
	const {type} = await readTextEnvelope(file, SEED, VERIFICATION, EXTENDED_VERIFICATION);
	if (type === VERIFICATION) return {verificationKey: await readKeyFile(file, VERIFICATION)};
	if (type === EXTENDED_VERIFICATION)
		return {verificationKey: (await readKeyFile(file, EXTENDED_VERIFICATION)).slice(0, 32)};
	return {verificationKey: crypto.ed25519VerificationKey(await readKeyFile(file, SEED))};
};
