import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {verifyKes} from '#crypto/kes/verify-kes';
import {NodeError} from '#kernel/node-error';
import {createCounterFile, issueCertificateFile, readCertificateFile} from '#node/adapters/certificate-files';
import {loadForgingKeys} from '#node/adapters/forging-key-files';
import {
	createKeyFiles,
	readKesSigningKey,
	readSigningKey,
	readVerificationKey,
} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {crypto} from '../../support/crypto.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const ports = {crypto, entropy: createOsEntropy()};
const kinds = ['account', 'cold', 'vrf', 'checkpoint', 'operator'] as const;

const pairIn = (folder: string, name: string) => ({
	signingKeyFile: path.join(folder, `${name}.skey`),
	verificationKeyFile: path.join(folder, `${name}.vkey`),
});

/** All that a producer needs, as `dcloud keys` makes it. */
const producerFiles = async (folder: string, startPeriod = 0) => {
	const coldVk = await createKeyFiles(ports, 'cold', pairIn(folder, 'cold'));
	await createKeyFiles(ports, 'vrf', pairIn(folder, 'vrf'));
	await createKeyFiles(ports, 'kes', pairIn(folder, 'kes'));
	const files = {
		kesVerificationKeyFile: path.join(folder, 'kes.vkey'),
		coldSigningKeyFile: path.join(folder, 'cold.skey'),
		counterFile: path.join(folder, 'cold.counter'),
		certificateFile: path.join(folder, 'node.cert'),
	};
	await createCounterFile(files.counterFile, coldVk);
	const issue = () => issueCertificateFile(crypto, files, startPeriod);
	const forging = {
		vrfSigningKeyFile: path.join(folder, 'vrf.skey'),
		kesSigningKeyFile: path.join(folder, 'kes.skey'),
		certificateFile: files.certificateFile,
	};
	return {coldVk, files, issue, forging};
};

for (const kind of kinds)
	test(`makes ${kind} keys that belong together`, async t => {
		const folder = await temporaryFolder(t);
		const files = pairIn(folder, kind);
		const verificationKey = await createKeyFiles(ports, kind, files);
		const {seed, verificationKey: derived} = await readSigningKey(crypto, files.signingKeyFile, kind);
		t.deepEqual(derived, verificationKey);
		t.deepEqual(await readVerificationKey(files.verificationKeyFile, kind), verificationKey);
		t.is((await stat(files.signingKeyFile)).mode & 0o777, 0o600);
		t.true(
			crypto.verifyEd25519(crypto.signEd25519(seed, Uint8Array.of(1)), Uint8Array.of(1), verificationKey),
		);
	});

test('certifies a KES key and counts certificates up', async t => {
	const folder = await temporaryFolder(t);
	const {coldVk, files, issue} = await producerFiles(folder, 3);
	t.is((await issue()).certificate.counter, 0n);
	const second = await issue();
	t.is(second.certificate.counter, 1n);
	t.is(second.certificate.startPeriod, 3n);
	t.deepEqual(second.coldVk, coldVk);
	t.deepEqual(await readCertificateFile(crypto, files.certificateFile), second);
});

test('does not certify with a cold key that the counter is not of', async t => {
	const folder = await temporaryFolder(t);
	const {files} = await producerFiles(folder);
	await createKeyFiles(ports, 'cold', pairIn(folder, 'other'));
	const other = {...files, coldSigningKeyFile: path.join(folder, 'other.skey')};
	const error = await t.throwsAsync(issueCertificateFile(crypto, other, 0), {instanceOf: NodeError});
	t.is(error?.code, 'KEY_FILE_BAD');
});

test('refuses a certificate whose signature does not hold', async t => {
	const {files, issue} = await producerFiles(await temporaryFolder(t));
	await issue();
	const text = await readFile(files.certificateFile, 'utf8');
	await writeFile(files.certificateFile, text.replace(/[0-9a-f]{4}"\n}/, '0000"\n}'));
	const error = await t.throwsAsync(readCertificateFile(crypto, files.certificateFile), {
		instanceOf: NodeError,
	});
	t.is(error?.code, 'KEY_FILE_BAD');
});

test('refuses a VRF key whose halves do not belong together', async t => {
	const file = path.join(await temporaryFolder(t), 'vrf.skey');
	await writeKeyFile(file, 'VrfSigningKey_PraosVRF', new Uint8Array(64));
	const error = await t.throwsAsync(readSigningKey(crypto, file, 'vrf'), {instanceOf: NodeError});
	t.is(error?.code, 'KEY_FILE_BAD');
});

test('signs with the KES key in the evolution it was moved to', async t => {
	const {forging, issue} = await producerFiles(await temporaryFolder(t));
	await issue();
	const {kes, operationalCertificate} = await loadForgingKeys(crypto, forging);
	t.is(kes.evolution, 0);
	t.true(await kes.evolveTo(2));
	const message = Uint8Array.of(1, 2, 3);
	const signed = {verificationKey: operationalCertificate.hotVk, message, signature: kes.sign(message)};
	t.true(verifyKes(crypto, {...signed, period: 2}));
	t.false(verifyKes(crypto, {...signed, period: 0}));
	t.false(await kes.evolveTo(1));
	t.false(await kes.evolveTo(64));
});

test('leaves no KES key of the past on disk', async t => {
	const {forging, issue} = await producerFiles(await temporaryFolder(t));
	await issue();
	const before = await readKesSigningKey(forging.kesSigningKeyFile);
	const old = await readFile(forging.kesSigningKeyFile);
	const {kes} = await loadForgingKeys(crypto, forging);
	await kes.evolveTo(1);
	const reloaded = await loadForgingKeys(crypto, forging);
	t.is(reloaded.kes.evolution, 1);
	t.notDeepEqual(await readKesSigningKey(forging.kesSigningKeyFile), before);
	t.is((await stat(forging.kesSigningKeyFile)).mode & 0o777, 0o600);
	t.not((await readFile(forging.kesSigningKeyFile)).toString('utf8'), old.toString('utf8'));
});

test('refuses a KES key that the certificate is not of', async t => {
	const folder = await temporaryFolder(t);
	const {forging, issue} = await producerFiles(folder);
	await issue();
	await createKeyFiles(ports, 'kes', pairIn(folder, 'other'));
	const other = {...forging, kesSigningKeyFile: path.join(folder, 'other.skey')};
	const error = await t.throwsAsync(loadForgingKeys(crypto, other), {instanceOf: NodeError});
	t.is(error?.code, 'KEYS_DO_NOT_MATCH');
});

test('a start erases what an interrupted evolution left of the key', async t => {
	const {forging, issue} = await producerFiles(await temporaryFolder(t));
	await issue();
	const file = forging.kesSigningKeyFile;
	const past = await readFile(file);
	const {kes} = await loadForgingKeys(crypto, forging);
	await kes.evolveTo(2);
	await writeFile(`${file}.past`, past, {mode: 0o600});
	await writeFile(`${file}.next`, past.subarray(0, 100), {mode: 0o600});
	t.is((await loadForgingKeys(crypto, forging)).kes.evolution, 2);
	const left = await readdir(path.dirname(file));
	t.deepEqual(
		left.filter(name => name.startsWith('kes.skey')),
		['kes.skey'],
	);
});

test('never puts its key in the place of another, or of a later evolution of its own', async t => {
	const folder = await temporaryFolder(t);
	const {forging, issue} = await producerFiles(folder);
	await issue();
	const file = forging.kesSigningKeyFile;
	const [first, second] = [await loadForgingKeys(crypto, forging), await loadForgingKeys(crypto, forging)];
	t.true(await first.kes.evolveTo(3));
	const later = await t.throwsAsync(second.kes.evolveTo(2), {instanceOf: NodeError});
	t.is(later?.code, 'KES_KEY_FILE_CHANGED');
	t.true(await second.kes.evolveTo(3), 'what it comes to stands there');
	await createKeyFiles(ports, 'kes', pairIn(folder, 'other'));
	const other = await readFile(path.join(folder, 'other.skey'), 'utf8');
	await writeFile(file, other);
	const renewed = await t.throwsAsync(first.kes.evolveTo(4), {instanceOf: NodeError});
	t.is(renewed?.code, 'KES_KEY_FILE_CHANGED');
	t.is(await readFile(file, 'utf8'), other);
});
