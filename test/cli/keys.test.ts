/** `dcloud keys`, as processes of their own on files of their own. */
import {chmod, copyFile, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {renewKesKeys} from '#cli/pool-keys';
import {toHex} from '#kernel/bytes';
import {readCertificateFile} from '#node/adapters/certificate-files';
import {loadForgingKeys} from '#node/adapters/forging-key-files';
import {readKesSigningKey, readSigningKey, readVerificationKey} from '#node/adapters/key-files';
import {crypto} from '../support/crypto.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Json = Readonly<Record<string, unknown>>;

const answer = async (t: ExecutionContext, folder: string, ...words: readonly string[]): Promise<Json> => {
	const {code, stdout, stderr} = await runCli(folder, 'keys', ...words, '--json');
	t.is(code, 0, stderr);
	return JSON.parse(stdout) as Json;
};

const refusal = async (t: ExecutionContext, folder: string, ...words: readonly string[]): Promise<Json> => {
	const {code, stderr} = await runCli(folder, 'keys', ...words, '--json');
	t.is(code, 1);
	return (JSON.parse(stderr) as {readonly error: Json}).error;
};

const forgingFiles = (folder: string) => ({
	vrfSigningKeyFile: path.join(folder, 'vrf.skey'),
	kesSigningKeyFile: path.join(folder, 'kes.skey'),
	certificateFile: path.join(folder, 'node.cert'),
});

test('makes every key by itself and certifies it, step by step as with cardano-cli', async t => {
	const folder = await temporaryFolder(t);
	const kinds = ['cold', 'vrf', 'kes', 'checkpoint', 'payment', 'operator'];
	const made = await Promise.all(kinds.map(kind => answer(t, folder, 'generate', kind, '--out', kind)));
	t.deepEqual(
		made.map(({kind}) => kind),
		['cold', 'vrf', 'kes', 'checkpoint', 'account', 'operator'],
	);
	for (const kind of kinds) t.is((await stat(path.join(folder, `${kind}.skey`))).mode & 0o777, 0o600);
	const issue = ['--kes-vkey', 'kes.vkey', '--cold-key', 'cold.skey', '--counter', 'cold.counter'];
	const issued = await answer(t, folder, 'certify', ...issue, '--kes-period', '7', '--out', 'node.cert');
	t.like(issued, {counter: '0', startPeriod: '7', pool: made[0]?.['keyHash']});
	const keys = await loadForgingKeys(crypto, forgingFiles(folder));
	t.is(keys.operationalCertificate.startPeriod, 7n);
	const counter = ['counter', '--cold-vkey', 'cold.vkey', '--number', '5', '--out', 'new.counter'];
	t.is((await answer(t, folder, ...counter))['counter'], 5);
	t.like(await answer(t, folder, 'show', 'new.counter'), {nextCounter: '5', pool: made[0]?.['keyHash']});
	t.is((await refusal(t, folder, 'generate', 'silver', '--out', 'x'))['code'], 'KEY_KIND_UNKNOWN');
	t.is((await refusal(t, folder, 'certify', ...issue, '--out', 'x'))['code'], 'OPTION_MISSING');
});

test('shows what a file is and how long it lasts, and nothing of a secret', async t => {
	const folder = path.join(await temporaryFolder(t), 'keys');
	const {genesis} = await makeNodeFiles(folder);
	const show = (name: string) => answer(t, folder, 'show', name, '--genesis', genesis);
	const coldVk = await readVerificationKey(path.join(folder, 'cold.vkey'), 'cold');
	const pool = toHex(crypto.blake2b224(coldVk));
	const shown = await Promise.all(
		['node.cert', 'cold.counter', 'kes.skey', 'vrf.skey', 'cold.vkey'].map(show),
	);
	const [certificate, counter, kes, vrf, cold] = shown;
	t.like(certificate, {pool, counter: '0', startPeriod: '0', period: 0, periodsLeft: 62, state: 'valid'});
	t.is(Number(certificate?.['expiresAtMs']) - Number(certificate?.['startsAtMs']), 62 * 500 * 40);
	t.like(counter, {pool, nextCounter: '1'});
	t.like(kes, {evolution: 0, evolutionsLeft: 63});
	t.is(
		vrf?.['keyHash'],
		toHex(crypto.blake2b256(await readVerificationKey(path.join(folder, 'vrf.vkey'), 'vrf'))),
	);
	t.like(cold, {pool, verificationKey: toHex(coldVk)});
	const printed = JSON.stringify(shown);
	const seeds = await Promise.all(
		(['vrf', 'cold'] as const).map(async kind =>
			toHex((await readSigningKey(crypto, path.join(folder, `${kind}.skey`), kind)).seed),
		),
	);
	const kesLeaf = toHex((await readKesSigningKey(path.join(folder, 'kes.skey'))).subarray(0, 32));
	for (const secret of [...seeds, kesLeaf]) t.false(printed.includes(secret));
	const {stdout} = await runCli(folder, 'keys', 'show', 'node.cert', '--genesis', genesis);
	t.regex(stdout, /pool1[a-z0-9]{51}/);
	t.regex(stdout, /period 0: valid, 62 periods left/);
});

test('tells whether a folder of keys belongs together', async t => {
	const folder = await temporaryFolder(t);
	await answer(t, folder, 'pool', '--out', 'a');
	await answer(t, folder, 'pool', '--out', 'b');
	const {findings} = await answer(t, folder, 'verify', 'a');
	t.deepEqual([...new Set((findings as readonly Json[]).map(({result}) => result))], ['ok']);
	await copyFile(path.join(folder, 'b', 'kes.skey'), path.join(folder, 'a', 'kes.skey'));
	await copyFile(path.join(folder, 'b', 'opcert.counter'), path.join(folder, 'a', 'opcert.counter'));
	await chmod(path.join(folder, 'a', 'vrf.skey'), 0o644);
	const error = await refusal(t, folder, 'verify', 'a');
	t.is(error['code'], 'KEYS_DO_NOT_MATCH');
	const wrong = (error['findings'] as readonly Json[]).filter(({result}) => result === 'wrong');
	t.deepEqual(
		wrong.map(({subject}) => subject),
		['vrf.skey and vrf.vkey', 'kes.skey and node.cert', 'opcert.counter and node.cert'],
	);
	t.regex(String(wrong[0]?.['detail']), /chmod 600/);
	t.is((await refusal(t, folder, 'verify', 'nothing'))['code'], 'FILE_NOT_FOUND');
});

test('converts keys to their verification keys, to Bech32 and back, and between kinds that are the same', async t => {
	const folder = await temporaryFolder(t);
	await Promise.all(
		['kes', 'vrf', 'operator'].map(kind => answer(t, folder, 'generate', kind, '--out', kind)),
	);
	const convert = (file: string, to: string, out: string) =>
		answer(t, folder, 'convert', file, '--to', to, '--out', out);
	const text = (name: string) => readFile(path.join(folder, name), 'utf8');
	await convert('kes.skey', 'verification', 'again.vkey');
	t.is(await text('again.vkey'), await text('kes.vkey'));
	for (const name of ['kes', 'vrf']) {
		await convert(`${name}.skey`, 'bech32', `${name}.txt`);
		t.regex(await text(`${name}.txt`), new RegExp(`^${name}_sk1`));
		t.is((await stat(path.join(folder, `${name}.txt`))).mode & 0o777, 0o600);
		await convert(`${name}.txt`, 'envelope', `${name}-again.skey`);
		t.is(await text(`${name}-again.skey`), await text(`${name}.skey`));
	}
	await convert('operator.skey', 'payment', 'payment.skey');
	const payment = await readSigningKey(crypto, path.join(folder, 'payment.skey'), 'account');
	t.deepEqual(
		payment.verificationKey,
		await readVerificationKey(path.join(folder, 'operator.vkey'), 'operator'),
	);
	await writeFile(path.join(folder, 'odd.txt'), 'addr_test1vz');
	for (const [file, to] of [
		['vrf.skey', 'cold'],
		['vrf.vkey', 'verification'],
		['odd.txt', 'envelope'],
	] as const) {
		const error = await refusal(t, folder, 'convert', file, '--to', to, '--out', 'no');
		t.is(error['code'], 'KEY_NOT_CONVERTIBLE');
	}
	await chmod(path.join(folder, 'kes.txt'), 0o644);
	t.is(
		(await refusal(t, folder, 'convert', 'kes.txt', '--to', 'envelope', '--out', 'no'))['code'],
		'KEY_FILE_OPEN',
	);
});

/** A folder as a renewal leaves it that was interrupted after so many of its steps. */
const interrupted = async (t: ExecutionContext, step: number): Promise<string> => {
	const root = await temporaryFolder(t);
	const {makePoolKeys} = await import('#cli/pool-keys');
	const [folder, done] = [path.join(root, 'pool'), path.join(root, 'done')];
	await makePoolKeys(crypto, folder);
	await makePoolKeys(crypto, done);
	for (const name of ['cold.skey', 'cold.vkey', 'opcert.counter'])
		await copyFile(path.join(folder, name), path.join(done, name));
	await renewKesKeys(crypto, done, 9);
	const put = (from: string, to: string) => copyFile(path.join(done, from), path.join(folder, to));
	const steps = [
		() => put('kes.skey', 'next-kes.skey'),
		() => put('kes.vkey', 'next-kes.vkey'),
		() => put('opcert.counter', 'opcert.counter'),
		() => put('node.cert', 'next.cert'),
		() => put('kes.skey', 'kes.skey'),
		() => put('kes.vkey', 'kes.vkey'),
	];
	for (const take of steps.slice(0, step)) await take();
	return folder;
};

test('a renewal that was interrupted anywhere is finished by the next one', async t => {
	for (let step = 0; step <= 6; step++) {
		const folder = await interrupted(t, step);
		const number = await renewKesKeys(crypto, folder, 9);
		// A number that no certificate went out with may be lost; none is used twice.
		t.is(number, step === 3 ? 2n : 1n);
		const {certificate} = await readCertificateFile(crypto, path.join(folder, 'node.cert'));
		t.is(certificate.counter, number);
		const keys = await loadForgingKeys(crypto, forgingFiles(folder));
		t.is(keys.kes.evolution, 0);
		t.deepEqual(
			(await readdir(folder)).filter(name => name.includes('next')),
			[],
		);
	}
});
