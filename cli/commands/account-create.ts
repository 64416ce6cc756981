import {createNativeCrypto} from '#node/adapters/native-crypto';
import {cardanoKey} from '#onchain/cardano/key-address';
import type {Answer, Options} from '../answer.ts';
import {makeKeyPair} from '../key-pair.ts';
import {textOption} from '../sending.ts';

export const createAccount = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const prefix = textOption(options, 'out');
	const crypto = await createNativeCrypto();
	const {keyHash, seed} = await makeKeyPair(crypto, prefix, 'account');
	const address = cardanoKey(crypto, options['mainnet'] === true ? 'mainnet' : 'testnet', seed).address;
	seed.fill(0);
	return {
		data: {
			account: keyHash,
			cardanoAddress: address,
			signingKey: `${prefix}.skey`,
			verificationKey: `${prefix}.vkey`,
		},
		text: `account ${keyHash}\nthe same key on Cardano: ${address}\n${prefix}.skey holds its key: keep it safe and to yourself`,
	};
};
