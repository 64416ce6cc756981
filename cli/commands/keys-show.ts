import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {eraseKesKey, kesVerificationKey} from '#crypto/kes/kes-key';
import {KES_PERIODS} from '#crypto/kes/verify-kes';
import {encodeBech32} from '#kernel/bech32';
import {toHex} from '#kernel/bytes';
import {CERTIFICATE, COUNTER, readCertificateFile, readCounterFile} from '#node/adapters/certificate-files';
import {loadKesKey} from '#node/adapters/forging-key-files';
import {readSigningKey, readVerificationKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {keyTypes, readTextEnvelope} from '#node/adapters/text-envelope';
import type {Verb} from '../answer.ts';
import {utc} from '../format.ts';
import {type KesTime, kesTimeOption} from '../kes-time.ts';
import {kindOfType} from '../key-kinds.ts';
import {facts} from '../table.ts';

/** Lines for people and the same for scripts. Nothing of a secret is in either. */
type Shown = {readonly data: object; readonly lines: readonly (readonly [string, string])[]};

type Primitives = Crypto & SecretCrypto;

const poolOf = (crypto: Crypto, coldVk: Uint8Array): {readonly pool: Uint8Array; readonly text: string} => {
	const pool = crypto.blake2b224(coldVk);
	return {pool, text: `${toHex(pool)}, ${encodeBech32('pool', pool)}`};
};

const showCertificate = async (
	crypto: Primitives,
	file: string,
	time: KesTime | undefined,
): Promise<Shown> => {
	const {certificate, coldVk} = await readCertificateFile(crypto, file);
	const {hotVk, counter, startPeriod} = certificate;
	const {pool, text} = poolOf(crypto, coldVk);
	const lines = [
		['pool', text],
		['number', String(counter)],
		['KES key', toHex(hotVk)],
		['from period', String(startPeriod)],
	] as const;
	const data = {pool, counter, hotVk, startPeriod};
	if (time === undefined)
		return {data, lines: [...lines, ['until', 'the network says it: --genesis FILE'] as const]};
	const endPeriod = Number(startPeriod) + time.maxKesEvolutions;
	const left = Math.max(0, endPeriod - Math.max(time.period, Number(startPeriod)));
	const [startsAtMs, expiresAtMs] = [Number(startPeriod), endPeriod].map(time.startMs) as [number, number];
	const state = time.period < Number(startPeriod) ? 'not yet valid' : left === 0 ? 'EXPIRED' : 'valid';
	return {
		data: {...data, period: time.period, periodsLeft: left, startsAtMs, expiresAtMs, state},
		lines: [
			...lines,
			['now', `period ${time.period}: ${state}, ${left} periods left`],
			['valid', `${utc(startsAtMs)} to ${utc(expiresAtMs)}`],
		],
	};
};

const showCounter = async (crypto: Primitives, file: string): Promise<Shown> => {
	const {counter, coldVk} = await readCounterFile(file);
	const {pool, text} = poolOf(crypto, coldVk);
	return {
		data: {pool, nextCounter: counter},
		lines: [
			['pool', text],
			['next number', String(counter)],
		],
	};
};

const showKesKey = async (crypto: Primitives, file: string): Promise<Shown> => {
	const key = await loadKesKey(crypto, file);
	const verificationKey = kesVerificationKey(crypto, key);
	const evolution = key.period;
	eraseKesKey(key);
	return {
		data: {verificationKey, evolution, evolutionsLeft: KES_PERIODS - 1 - evolution},
		lines: [
			['key', toHex(verificationKey)],
			['evolution', `${evolution}: it signs in no earlier one`],
			['can evolve', `${KES_PERIODS - 1 - evolution} times more`],
		],
	};
};

const showVerificationKey = (crypto: Primitives, kind: string, verificationKey: Uint8Array): Shown => {
	// What the ledger knows a VRF key by is the longer hash.
	const keyHash = kind === 'vrf' ? crypto.blake2b256(verificationKey) : crypto.blake2b224(verificationKey);
	const pool = kind === 'cold' ? poolOf(crypto, verificationKey) : undefined;
	return {
		data: {verificationKey, keyHash, ...(pool && {pool: pool.pool})},
		lines: [
			['key', toHex(verificationKey)],
			['hash', toHex(keyHash)],
			...(pool === undefined ? [] : [['pool', pool.text] as const]),
		],
	};
};

const showKey = async (crypto: Primitives, file: string, type: string): Promise<Shown> => {
	const {kind, isSigning} = kindOfType(type);
	if (kind === 'kes' && isSigning) return showKesKey(crypto, file);
	if (kind === 'kes' || !isSigning)
		return showVerificationKey(crypto, kind, await readVerificationKey(file, kind));
	const {seed, verificationKey} = await readSigningKey(crypto, file, kind);
	seed.fill(0);
	return showVerificationKey(crypto, kind, verificationKey);
};

export const showKeyFile: Verb = async ([file = ''], options) => {
	const {type, description} = await readTextEnvelope(file, ...Object.keys(keyTypes), CERTIFICATE, COUNTER);
	const crypto = await createNativeCrypto();
	const show = async (): Promise<Shown> => {
		if (type === CERTIFICATE) return showCertificate(crypto, file, await kesTimeOption(crypto, options));
		return type === COUNTER ? showCounter(crypto, file) : showKey(crypto, file, type);
	};
	const {data, lines} = await show();
	return {
		data: {type, description, ...data},
		text: facts([['type', type], ['description', description], ...lines]),
	};
};
