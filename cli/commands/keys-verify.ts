import {access} from 'node:fs/promises';
import path from 'node:path';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {eraseKesKey, kesVerificationKey} from '#crypto/kes/kes-key';
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {type IssuedCertificate, readCertificateFile, readCounterFile} from '#node/adapters/certificate-files';
import {loadKesKey} from '#node/adapters/forging-key-files';
import {readSigningKey, readVerificationKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {Options, Verb} from '../answer.ts';
import {type KesTime, kesTimeOption} from '../kes-time.ts';
import {openNode} from '../node-client.ts';

export type Finding = {
	/** `absent`: the file is not there, which may be as it should be. */
	readonly result: 'ok' | 'wrong' | 'absent';
	readonly subject: string;
	/** What is found, or what to do. */
	readonly detail: string;
};

type Primitives = Crypto & SecretCrypto;
type Folder = {readonly crypto: Primitives; readonly at: (name: string) => string};

const isThere = (file: string): Promise<boolean> =>
	access(file).then(
		() => true,
		() => false,
	);

/** What a check finds out; a coded failure is a finding as well. */
const finding = async (subject: string, check: () => Promise<Omit<Finding, 'subject'>>): Promise<Finding> => {
	try {
		return {subject, ...(await check())};
	} catch (error) {
		if (!(error instanceof NodeError)) throw error;
		if (error.code === 'FILE_NOT_FOUND') return {subject, result: 'absent', detail: 'not here'};
		return {subject, result: 'wrong', detail: `${error.code}: ${error.message}`};
	}
};

const good = (detail: string): Omit<Finding, 'subject'> => ({result: 'ok', detail});
const wrong = (detail: string): Omit<Finding, 'subject'> => ({result: 'wrong', detail});

const checkPair = ({crypto, at}: Folder, name: 'cold' | 'vrf' | 'checkpoint'): Promise<Finding> =>
	finding(`${name}.skey and ${name}.vkey`, async () => {
		const verificationKey = await readVerificationKey(at(`${name}.vkey`), name);
		if (!(await isThere(at(`${name}.skey`)))) return good(`${toHex(verificationKey)}, without its secret`);
		const {seed, verificationKey: derived} = await readSigningKey(crypto, at(`${name}.skey`), name);
		seed.fill(0);
		return equalBytes(derived, verificationKey)
			? good(toHex(verificationKey))
			: wrong(`they are two keys: ${toHex(derived)} and ${toHex(verificationKey)}`);
	});

const checkKes = ({crypto, at}: Folder, certificate: IssuedCertificate | undefined): Promise<Finding> =>
	finding('kes.skey and node.cert', async () => {
		const key = await loadKesKey(crypto, at('kes.skey'));
		const verificationKey = kesVerificationKey(crypto, key);
		const evolution = key.period;
		eraseKesKey(key);
		if (certificate === undefined) return wrong('there is no certificate for the KES key');
		return equalBytes(verificationKey, certificate.certificate.hotVk)
			? good(`evolution ${evolution} of ${toHex(verificationKey)}`)
			: wrong('the certificate is of another KES key: issue one with "dcloud keys certify"');
	});

const checkCold = (folder: Folder, {coldVk}: IssuedCertificate): Promise<Finding> =>
	finding('cold.vkey and node.cert', async () =>
		equalBytes(await readVerificationKey(folder.at('cold.vkey'), 'cold'), coldVk)
			? good(`pool ${toHex(folder.crypto.blake2b224(coldVk))}`)
			: wrong('the certificate is by another cold key'),
	);

const checkCounter = ({at}: Folder, {certificate, coldVk}: IssuedCertificate): Promise<Finding> =>
	finding('opcert.counter and node.cert', async () => {
		const {counter, coldVk: countedVk} = await readCounterFile(at('opcert.counter'));
		if (!equalBytes(countedVk, coldVk)) return wrong('it counts the certificates of another cold key');
		return counter > certificate.counter
			? good(`the next certificate is number ${counter}`)
			: wrong(
					`number ${counter} would come next, and ${certificate.counter} is out: is the file from a backup?`,
				);
	});

const checkPeriod = ({certificate}: IssuedCertificate, time: KesTime): Promise<Finding> =>
	finding('node.cert and the clock', async () => {
		const end = certificate.startPeriod + BigInt(time.maxKesEvolutions);
		const now = BigInt(time.period);
		const window = `periods ${certificate.startPeriod} to ${end - 1n}, it is ${now}`;
		if (now < certificate.startPeriod) return wrong(`not valid yet: ${window}`);
		return now < end ? good(window) : wrong(`expired: ${window}; run "dcloud keys renew"`);
	});

/** What the chain knows of the pool. */
const checkChain = async (
	{crypto, at}: Folder,
	{certificate, coldVk}: IssuedCertificate,
	options: Options,
	signal: AbortSignal,
): Promise<readonly Finding[]> => {
	const node = await openNode(options);
	const id = toHex(crypto.blake2b224(coldVk));
	const pool = await node.pool(id, {signal});
	if (pool === undefined)
		return [{subject: 'the chain', result: 'wrong', detail: `pool ${id} is not registered`}];
	const registered = async (name: 'vrf' | 'checkpoint', wanted: (vk: Uint8Array) => boolean) =>
		finding(`${name}.vkey and the chain`, async () =>
			wanted(await readVerificationKey(at(`${name}.vkey`), name))
				? good('as registered')
				: wrong('the pool registered another one: "dcloud pool update" changes it'),
		);
	const leadership = await node.leadership(id, 'current', {signal}).catch((error: unknown) => {
		if (error instanceof NodeError && error.code === 'HEADER_POOL_UNKNOWN') return undefined;
		throw error;
	});
	const last = leadership?.certificateCounter ?? null;
	return [
		await registered('vrf', vk => equalBytes(crypto.blake2b256(vk), fromHex(pool.vrfKeyHash))),
		await registered('checkpoint', vk => equalBytes(vk, fromHex(pool.checkpointVk))),
		await finding('node.cert and the chain', async () => {
			const {counter} = certificate;
			if (last === null) return good('no block of the pool is on the chain yet');
			if (counter < BigInt(last)) return wrong(`the chain has seen number ${last}: these keys are old`);
			return counter <= BigInt(last) + 1n
				? good(`number ${counter}; the last on the chain is ${last}`)
				: wrong(`number ${counter} leaves some out: the chain has seen ${last}`);
		}),
	];
};

const certificateIn = async ({crypto, at}: Folder): Promise<[Finding, IssuedCertificate | undefined]> => {
	let issued: IssuedCertificate | undefined;
	const found = await finding('node.cert', async () => {
		issued = await readCertificateFile(crypto, at('node.cert'));
		return good(`number ${issued.certificate.counter}, signed by its cold key`);
	});
	return [found, issued];
};

/** Whether the files of a key folder, the clock and the chain belong together. */
export const verifyKeys: Verb = async ([words = ''], options, signal) => {
	const crypto = await createNativeCrypto();
	const folder: Folder = {crypto, at: name => path.join(words, name)};
	const time = await kesTimeOption(crypto, options);
	const [found, issued] = await certificateIn(folder);
	const findings: Finding[] = [
		await checkPair(folder, 'cold'),
		await checkPair(folder, 'vrf'),
		await checkPair(folder, 'checkpoint'),
		found,
		await checkKes(folder, issued),
	];
	if (issued !== undefined) {
		findings.push(await checkCold(folder, issued), await checkCounter(folder, issued));
		if (time !== undefined) findings.push(await checkPeriod(issued, time));
		if (options['node'] !== undefined) findings.push(...(await checkChain(folder, issued, options, signal)));
	}
	const lines = findings.map(({result, subject, detail}) => `${result.padEnd(6)}  ${subject}: ${detail}`);
	if (findings.every(({result}) => result === 'absent'))
		throw new NodeError({code: 'FILE_NOT_FOUND', file: words, message: `There are no keys in ${words}.`});
	if (findings.some(({result}) => result === 'wrong'))
		throw new NodeError({
			code: 'KEYS_DO_NOT_MATCH',
			findings,
			message: `The keys in ${words} do not belong together:\n${lines.join('\n')}`,
		});
	return {data: {findings}, text: lines.join('\n')};
};
