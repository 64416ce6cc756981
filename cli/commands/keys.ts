import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {type KeyType, keyTypes, readKeyFile, readTextEnvelope} from '#node/adapters/text-envelope';
import {type Answer, answers, type Options} from '../answer.ts';
import {makeKeyPair} from '../key-pair.ts';
import {makePoolKeys, renewKesKeys} from '../pool-keys.ts';
import {textOption} from '../sending.ts';
import {facts} from '../table.ts';

const periodOption = (options: Options): number => {
	const text = textOption(options, 'kesPeriod');
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--kes-period wants a whole number, not "${text}".`,
	});
};

const pool = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const crypto = await createNativeCrypto();
	const keys = await makePoolKeys(crypto, textOption(options, 'out'), periodOption(options));
	return {
		data: keys,
		text: `pool ${keys.poolId}\nkeys, operational certificate and its counter are in ${keys.folder}; keep cold.skey and opcert.counter offline`,
	};
};

const operator = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const prefix = textOption(options, 'out');
	const {verificationKey} = await makeKeyPair(await createNativeCrypto(), prefix, 'operator');
	return {
		data: {operatorVk: verificationKey, signingKey: `${prefix}.skey`},
		text: `operator key ${toHex(verificationKey)}\n${prefix}.skey signs commitments, proofs and agreements of a provider`,
	};
};

const renew = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const crypto = await createNativeCrypto();
	const folder = textOption(options, 'keys');
	const counter = await renewKesKeys(crypto, folder, periodOption(options));
	return {
		data: {counter, folder},
		text: `a new KES key and operational certificate number ${counter} are in ${folder}: give both to the producer`,
	};
};

const show = async ([file = '']: readonly string[]): Promise<Answer> => {
	const {type, description} = await readTextEnvelope(
		file,
		...Object.keys(keyTypes),
		'NodeOperationalCertificate',
		'NodeOperationalCertificateIssueCounter',
	);
	const open = type.includes('VerificationKey');
	const key = open ? await readKeyFile(file, type as KeyType) : undefined;
	const crypto = await createNativeCrypto();
	const hash = key === undefined ? undefined : crypto.blake2b224(key);
	return {
		data: {type, description, ...(key && {verificationKey: key, keyHash: hash})},
		text: facts([
			['type', type],
			['description', description],
			...(key === undefined || hash === undefined
				? []
				: ([
						['key', toHex(key)],
						['hash', toHex(hash)],
					] as const)),
		]),
	};
};

export const register = (noun: Command): void => {
	answers(
		noun
			.command('pool')
			.description('all keys of a new stake pool')
			.requiredOption('--out <folder>', 'where they go (secret ones with mode 0600)')
			.option('--kes-period <n>', 'KES period in which the certificate starts', '0'),
		pool,
	);
	answers(
		noun
			.command('operator')
			.description("a storage provider's operator key")
			.requiredOption('--out <prefix>', 'writes PREFIX.skey and PREFIX.vkey'),
		operator,
	);
	answers(
		noun
			.command('renew')
			.description('a new KES key with the next operational certificate')
			.requiredOption('--keys <folder>', 'key folder of the pool')
			.option('--kes-period <n>', 'KES period in which the certificate starts', '0'),
		renew,
	);
	answers(
		noun
			.command('show')
			.description('what a key file is')
			.argument('<file>', 'key, certificate or counter file'),
		show,
	);
};
