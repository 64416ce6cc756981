import {accountOfPolicy} from '#crypto/account-policy';
import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile, readTextEnvelope} from '#node/adapters/text-envelope';
import {MULTISIG_ENVELOPE, readPolicyFile} from './multisig.ts';
import {parseId} from './wallet.ts';

const isId = (text: string): boolean => text.length === 56 && parseHex(text) !== undefined;

/** The account id in hexadecimal of an id, of an account's signing or verification key file, or of the file of several keys. */
export const accountOf = async (who: string): Promise<string> => {
	if (isId(who)) return who.toLowerCase();
	if (who === '')
		throw new NodeError({
			code: 'ACCOUNT_NOT_NAMED',
			message: 'Give an account: its id (56 hexadecimal digits) or the file of its key.',
		});
	// Not the name of a file, but an id with a digit too few or too many.
	if (/^[0-9a-f]{40,}$/iu.test(who)) parseId(who, 28, 'An account id');
	const crypto = await createNativeCrypto();
	const {type} = await readTextEnvelope(
		who,
		'PaymentSigningKeyShelley_ed25519',
		'PaymentVerificationKeyShelley_ed25519',
		MULTISIG_ENVELOPE,
	);
	if (type === MULTISIG_ENVELOPE) return toHex(accountOfPolicy(crypto, await readPolicyFile(who)));
	const verificationKey =
		type === 'PaymentSigningKeyShelley_ed25519'
			? crypto.ed25519VerificationKey(await readKeyFile(who, type))
			: await readKeyFile(who, 'PaymentVerificationKeyShelley_ed25519');
	return toHex(crypto.blake2b224(verificationKey));
};
