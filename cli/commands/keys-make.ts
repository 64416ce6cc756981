import path from 'node:path';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createCounterFile, issueCertificateFile} from '#node/adapters/certificate-files';
import {type KeyKind, readVerificationKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {startPeriodOption} from '../kes-time.ts';
import {makeKeyPair} from '../key-pair.ts';
import {makePoolKeys, renewKesKeys} from '../pool-keys.ts';
import {textOption} from '../sending.ts';

/** What the kinds of keys are for. */
export const kinds: Readonly<Record<KeyKind, string>> = {
	cold: 'names the pool and certifies its KES keys; to be kept offline',
	vrf: 'draws the slots that the pool leads',
	kes: 'signs blocks; rewritten as it evolves',
	checkpoint: 'signs checkpoints',
	account: "holds credits (cardano-cli's payment key)",
	operator: 'signs for a storage provider',
};

export const kindOf = (text: string): KeyKind => {
	if (text === 'payment') return 'account';
	if (Object.hasOwn(kinds, text)) return text as KeyKind;
	throw new NodeError({
		code: 'KEY_KIND_UNKNOWN',
		kind: text,
		message: `"${text}" is no kind of key: ${Object.keys(kinds).join(', ')} or payment.`,
	});
};

export const makePool: Verb = async (_words, options) => {
	const crypto = await createNativeCrypto();
	const isGiven = options['kesPeriod'] !== undefined || options['genesis'] !== undefined;
	// Without either it is a pool of a network to come.
	const startPeriod = isGiven ? await startPeriodOption(crypto, options) : 0;
	const keys = await makePoolKeys(crypto, textOption(options, 'out'), startPeriod);
	return {
		data: keys,
		text: `pool ${keys.poolId}\nkeys, operational certificate and its counter are in ${keys.folder}; keep cold.skey and opcert.counter offline`,
	};
};

const make = async (kind: KeyKind, options: Options) => {
	const prefix = textOption(options, 'out');
	const {verificationKey, keyHash, seed} = await makeKeyPair(await createNativeCrypto(), prefix, kind);
	seed.fill(0);
	return {prefix, verificationKey, keyHash};
};

export const makeOperator: Verb = async (_words, options) => {
	const {prefix, verificationKey} = await make('operator', options);
	return {
		data: {operatorVk: verificationKey, signingKey: `${prefix}.skey`},
		text: `operator key ${toHex(verificationKey)}\n${prefix}.skey signs commitments, proofs and agreements of a provider`,
	};
};

export const generate: Verb = async ([word = ''], options) => {
	const kind = kindOf(word);
	const {prefix, verificationKey, keyHash} = await make(kind, options);
	if (kind === 'cold') await createCounterFile(`${prefix}.counter`, verificationKey);
	const counter = kind === 'cold' ? {counter: `${prefix}.counter`} : {};
	return {
		data: {kind, verificationKey, keyHash, signingKey: `${prefix}.skey`, ...counter},
		text: `${kind} key ${toHex(verificationKey)}, hash ${keyHash}\n${prefix}.skey ${kinds[kind]}`,
	};
};

export const renew: Verb = async (_words, options) => {
	const crypto = await createNativeCrypto();
	const folder = textOption(options, 'keys');
	const counter = await renewKesKeys(crypto, folder, await startPeriodOption(crypto, options));
	return {
		data: {counter, folder},
		text: `a new KES key and operational certificate number ${counter} are in ${folder}: give both to the producer and send it SIGHUP`,
	};
};

export const certify: Verb = async (_words, options) => {
	const crypto = await createNativeCrypto();
	const certificateFile = textOption(options, 'out');
	const {certificate, coldVk} = await issueCertificateFile(
		crypto,
		{
			kesVerificationKeyFile: textOption(options, 'kesVkey'),
			coldSigningKeyFile: textOption(options, 'coldKey'),
			counterFile: textOption(options, 'counter'),
			certificateFile,
		},
		await startPeriodOption(crypto, options),
	);
	const {counter, startPeriod} = certificate;
	const pool = crypto.blake2b224(coldVk);
	return {
		data: {pool, counter, startPeriod, certificate: certificateFile},
		text: `certificate number ${counter} of pool ${toHex(pool)}, from KES period ${startPeriod} on, is in ${path.basename(certificateFile)}`,
	};
};

export const makeCounter: Verb = async (_words, options) => {
	const coldVk = await readVerificationKey(textOption(options, 'coldVkey'), 'cold');
	const number = countOption(options, 'number') ?? 0;
	const file = textOption(options, 'out');
	await createCounterFile(file, coldVk, BigInt(number));
	return {
		data: {counter: number, file},
		text: `the next certificate will have number ${number}: one more than the last on the chain`,
	};
};
