/** The key files that follow from a phrase. */
import {derivedSeed} from '#crypto/recovery/key-tree';
import {phraseSeed, type RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {toHex} from '#kernel/bytes';
import {createKeyFiles} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {createOsEntropy} from '#node/adapters/os-entropy';

export type PhraseKeys = {
	/** Account id. */
	readonly account: string;
	readonly signingKey: string;
	readonly verificationKey: string;
};

/** Writes PREFIX.skey (mode 0600) and PREFIX.vkey of account number `index`. Throws FILE_EXISTS, FILE_UNWRITABLE. */
export const writePhraseKeys = async (
	phrase: RecoveryPhrase,
	{passphrase, prefix, index}: {readonly passphrase: string; readonly prefix: string; readonly index: number},
): Promise<PhraseKeys> => {
	const crypto = await createNativeCrypto();
	const seed = phraseSeed(phrase, passphrase);
	const files = {signingKeyFile: `${prefix}.skey`, verificationKeyFile: `${prefix}.vkey`};
	try {
		const accountSeed = derivedSeed(seed, 'account', index);
		const vk = await createKeyFiles({crypto, entropy: createOsEntropy()}, 'account', files, accountSeed);
		return {
			account: toHex(crypto.blake2b224(vk)),
			signingKey: files.signingKeyFile,
			verificationKey: files.verificationKeyFile,
		};
	} finally {
		seed.fill(0);
	}
};
