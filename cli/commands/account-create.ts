import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {Answer, Options} from '../answer.ts';
import {makeKeyPair} from '../key-pair.ts';
import {textOption} from '../sending.ts';

export const createAccount = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const prefix = textOption(options, 'out');
	const {keyHash} = await makeKeyPair(await createNativeCrypto(), prefix, 'account');
	return {
		data: {account: keyHash, signingKey: `${prefix}.skey`, verificationKey: `${prefix}.vkey`},
		text: `account ${keyHash}\n${prefix}.skey holds its key: keep it safe and to yourself`,
	};
};
