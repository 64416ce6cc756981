/** Files that cardano-cli wrote are read, and what is written here is what cardano-cli writes. */
import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {verifyKes} from '#crypto/kes/verify-kes';
import {fromHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {
	createCounterFile,
	issueCertificateFile,
	readCertificateFile,
	readCounterFile,
} from '#node/adapters/certificate-files';
import {loadForgingKeys, loadKesKey} from '#node/adapters/forging-key-files';
import {createKeyFiles, type KeyKind, readSigningKey, readVerificationKey} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {formatTextEnvelope, parseTextEnvelope} from '#node/adapters/text-envelope';
import {crypto} from '../../support/crypto.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const vectors = path.resolve('test/vectors/cardano-cli');

/** A copy that only its owner may read, as cardano-cli leaves it. */
const own = async (t: ExecutionContext, name: string): Promise<string> => {
	const file = path.join(await temporaryFolder(t), name);
	await copyFile(path.join(vectors, name), file);
	await chmod(file, 0o600);
	return file;
};

type Envelope = {readonly type: string; readonly description: string; readonly cborHex: string};

const credentials = async (): Promise<readonly (readonly Envelope[])[]> =>
	JSON.parse(await readFile(path.join(vectors, 'bulk-creds-k2.json'), 'utf8')) as Envelope[][];

const writeAll = async (folder: string, envelopes: readonly Envelope[]): Promise<readonly string[]> =>
	Promise.all(
		envelopes.map(async (envelope, index) => {
			const file = path.join(folder, `${index}`);
			await writeFile(file, JSON.stringify(envelope, null, 4), {mode: 0o600});
			return file;
		}),
	);

test('forges with the certificate, VRF key and KES key that cardano-cli made', async t => {
	const pools = await credentials();
	t.is(pools.length, 2);
	for (const envelopes of pools) {
		const [certificateFile = '', vrfSigningKeyFile = '', kesSigningKeyFile = ''] = await writeAll(
			await temporaryFolder(t),
			envelopes,
		);
		const keys = await loadForgingKeys(crypto, {certificateFile, vrfSigningKeyFile, kesSigningKeyFile});
		t.is(keys.operationalCertificate.counter, 0n);
		t.is(keys.operationalCertificate.startPeriod, 0n);
		t.true(await keys.kes.evolveTo(3));
		const message = Uint8Array.of(1, 2, 3);
		const signature = keys.kes.sign(message);
		const {hotVk: verificationKey} = keys.operationalCertificate;
		t.true(verifyKes(crypto, {verificationKey, period: 3, message, signature}));
		// What was evolved here is still a file of cardano-cli's form: 608 bytes behind the same prefix.
		const evolved = JSON.parse(await readFile(kesSigningKeyFile, 'utf8')) as Envelope;
		t.like(evolved, {type: 'KesSigningKey_ed25519_kes_2^6', description: 'KES Signing Key'});
		t.is(evolved.cborHex.slice(0, 6), '590260');
		t.is(evolved.cborHex.length, 2 * (3 + 608));
	}
});

test('reads the key pairs and the counter that cardano-cli made', async t => {
	for (const [name, kind] of [
		['vrf', 'vrf'],
		['payment', 'account'],
	] as const) {
		const {verificationKey} = await readSigningKey(crypto, await own(t, `${name}.skey`), kind);
		t.deepEqual(verificationKey, await readVerificationKey(path.join(vectors, `${name}.vkey`), kind));
	}
	const cold = await readSigningKey(crypto, await own(t, 'cold.skey'), 'cold');
	t.is(cold.verificationKey.length, 32);
	t.is((await readVerificationKey(path.join(vectors, 'operator.vkey'), 'cold')).length, 32);
	t.is((await readVerificationKey(path.join(vectors, 'kes.vkey'), 'kes')).length, 32);
	const counter = await readCounterFile(path.join(vectors, 'opcert.counter'));
	t.is(counter.counter, 0n);
	t.is(toHex(counter.coldVk), '0ef55ad974b238209f51d0eed5ffbb00220a9811c0481eaf127ceb1c525f1eb6');
});

test('refuses what is no key for it, with a code and the reason', async t => {
	const obsolete = await t.throwsAsync(loadKesKey(crypto, await own(t, 'obsolete-kes.skey')), {
		instanceOf: NodeError,
	});
	t.is(obsolete?.code, 'KEY_FILE_BAD');
	t.regex(obsolete?.message ?? '', /704 bytes, not 608/);
	const extended = path.join(vectors, 'extended-operator.vkey');
	const other = await t.throwsAsync(readVerificationKey(extended, 'cold'), {instanceOf: NodeError});
	t.is(other?.code, 'KEY_FILE_BAD');
	t.regex(other?.message ?? '', /StakePoolExtendedVerificationKey_ed25519_bip32/);
});

test('refuses every secret file that others can read, and says the command that closes it', async t => {
	for (const name of ['vrf.skey', 'payment.skey', 'cold.skey'])
		for (const mode of [0o644, 0o640, 0o604, 0o620]) {
			const file = await own(t, name);
			await chmod(file, mode);
			const kind = {'vrf.skey': 'vrf', 'payment.skey': 'account', 'cold.skey': 'cold'}[name] as 'vrf';
			const error = await t.throwsAsync(readSigningKey(crypto, file, kind), {instanceOf: NodeError});
			t.is(error?.code, 'KEY_FILE_OPEN');
			t.true(error?.message.includes(`chmod 600 ${file}`));
			t.false(error?.message.includes('cborHex'));
		}
});

/** Type, description and the CBOR's first bytes of what cardano-cli writes for each kind. */
const forms: Readonly<Record<KeyKind, readonly [Envelope, Envelope]>> = {
	cold: [
		{type: 'StakePoolSigningKey_ed25519', description: 'Stake Pool Operator Signing Key', cborHex: '5820'},
		{
			type: 'StakePoolVerificationKey_ed25519',
			description: 'Stake Pool Operator Verification Key',
			cborHex: '5820',
		},
	],
	vrf: [
		{type: 'VrfSigningKey_PraosVRF', description: 'VRF Signing Key', cborHex: '5840'},
		{type: 'VrfVerificationKey_PraosVRF', description: 'VRF Verification Key', cborHex: '5820'},
	],
	kes: [
		{type: 'KesSigningKey_ed25519_kes_2^6', description: 'KES Signing Key', cborHex: '590260'},
		{type: 'KesVerificationKey_ed25519_kes_2^6', description: 'KES Verification Key', cborHex: '5820'},
	],
	account: [
		{type: 'PaymentSigningKeyShelley_ed25519', description: 'Payment Signing Key', cborHex: '5820'},
		{type: 'PaymentVerificationKeyShelley_ed25519', description: 'Payment Verification Key', cborHex: '5820'},
	],
	checkpoint: [
		{
			type: 'DCloudCheckpointSigningKey_ed25519',
			description: 'dCloud Checkpoint Signing Key',
			cborHex: '5820',
		},
		{
			type: 'DCloudCheckpointVerificationKey_ed25519',
			description: 'dCloud Checkpoint Verification Key',
			cborHex: '5820',
		},
	],
	operator: [
		{type: 'DCloudOperatorSigningKey_ed25519', description: 'dCloud Operator Signing Key', cborHex: '5820'},
		{
			type: 'DCloudOperatorVerificationKey_ed25519',
			description: 'dCloud Operator Verification Key',
			cborHex: '5820',
		},
	],
};

test('writes types, descriptions and prefixes as cardano-cli does', async t => {
	const folder = await temporaryFolder(t);
	for (const [kind, expected] of Object.entries(forms) as [KeyKind, (typeof forms)[KeyKind]][]) {
		const files = {
			signingKeyFile: path.join(folder, `${kind}.skey`),
			verificationKeyFile: path.join(folder, `${kind}.vkey`),
		};
		await createKeyFiles({crypto, entropy: createOsEntropy()}, kind, files);
		for (const [index, file] of [files.signingKeyFile, files.verificationKeyFile].entries()) {
			const text = await readFile(file, 'utf8');
			const envelope = JSON.parse(text) as Envelope;
			const {type, description, cborHex = ''} = expected[index] ?? {};
			t.deepEqual(Object.keys(envelope), ['type', 'description', 'cborHex']);
			t.like(envelope, {type, description});
			t.true(envelope.cborHex.startsWith(cborHex));
			t.true(text.startsWith('{\n    "type"') && text.endsWith('"\n}\n'));
		}
	}
});

test('writes a file of cardano-cli again byte for byte', async t => {
	for (const name of ['kes.vkey', 'operator.vkey', 'payment.skey', 'opcert.counter']) {
		const text = await readFile(path.join(vectors, name), 'utf8');
		const parsed = parseTextEnvelope(text);
		t.is(parsed.ok && formatTextEnvelope(parsed.value).trim(), text.trim());
	}
});

test('counts certificates as cardano-cli does', async t => {
	const folder = await temporaryFolder(t);
	const at = (name: string): string => path.join(folder, name);
	const {verificationKey: coldVk} = await readSigningKey(crypto, await own(t, 'cold.skey'), 'cold');
	await createCounterFile(at('opcert.counter'), coldVk, 41n);
	const files = {
		kesVerificationKeyFile: path.join(vectors, 'kes.vkey'),
		coldSigningKeyFile: await own(t, 'cold.skey'),
		counterFile: at('opcert.counter'),
		certificateFile: at('node.cert'),
	};
	await issueCertificateFile(crypto, files, 129_600);
	const counter = JSON.parse(await readFile(at('opcert.counter'), 'utf8')) as Envelope;
	t.deepEqual(counter, {
		type: 'NodeOperationalCertificateIssueCounter',
		description: 'Next certificate issue number: 42',
		cborHex: `82182a5820${toHex(coldVk)}`,
	});
	const {certificate} = await readCertificateFile(crypto, at('node.cert'));
	const envelope = JSON.parse(await readFile(at('node.cert'), 'utf8')) as Envelope;
	const hotVk = await readVerificationKey(files.kesVerificationKeyFile, 'kes');
	t.deepEqual(envelope, {
		type: 'NodeOperationalCertificate',
		description: '',
		cborHex: `82845820${toHex(hotVk)}18291a0001fa405840${toHex(certificate.signature)}5820${toHex(coldVk)}`,
	});
});

test('reads a KES key in the evolution that it was left in', async t => {
	const kes = (await credentials())[0]?.[2] as Envelope;
	const [file = ''] = await writeAll(await temporaryFolder(t), [kes]);
	const key = await loadKesKey(crypto, file);
	t.is(key.period, 0);
	t.is(toHex(key.bytes), kes.cborHex.slice(6));
	const signature = signKes(crypto, key, fromHex('00'));
	const verificationKey = kesVerificationKey(crypto, key);
	t.true(verifyKes(crypto, {verificationKey, period: 0, message: fromHex('00'), signature}));
});
