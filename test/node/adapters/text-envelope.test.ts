import {chmod, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import {
	formatTextEnvelope,
	parseTextEnvelope,
	readKeyFile,
	readTextEnvelope,
	writeKeyFile,
} from '#node/adapters/text-envelope';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const key = new Uint8Array(32).fill(7);

test('writes a signing key as cardano-cli does, readable by its owner only', async t => {
	const file = path.join(await temporaryFolder(t), 'keys', 'cold.skey');
	await writeKeyFile(file, 'StakePoolSigningKey_ed25519', key);
	t.deepEqual(JSON.parse(await readFile(file, 'utf8')), {
		type: 'StakePoolSigningKey_ed25519',
		description: 'Stake Pool Operator Signing Key',
		cborHex: `5820${'07'.repeat(32)}`,
	});
	t.is((await stat(file)).mode & 0o777, 0o600);
	t.deepEqual(await readKeyFile(file, 'StakePoolSigningKey_ed25519'), key);
});

test('refuses a signing key that others may read', async t => {
	const file = path.join(await temporaryFolder(t), 'vrf.skey');
	await writeKeyFile(file, 'VrfSigningKey_PraosVRF', new Uint8Array(64));
	await chmod(file, 0o640);
	const error = await t.throwsAsync(readKeyFile(file, 'VrfSigningKey_PraosVRF'), {instanceOf: NodeError});
	t.is(error?.code, 'KEY_FILE_OPEN');
});

test('reads a verification key whatever its mode', async t => {
	const file = path.join(await temporaryFolder(t), 'cold.vkey');
	await writeKeyFile(file, 'StakePoolVerificationKey_ed25519', key);
	t.is((await stat(file)).mode & 0o777, 0o644);
	t.deepEqual(await readKeyFile(file, 'StakePoolVerificationKey_ed25519'), key);
});

test('never writes over a key unless told to', async t => {
	const file = path.join(await temporaryFolder(t), 'cold.skey');
	await writeKeyFile(file, 'StakePoolSigningKey_ed25519', key);
	const other = new Uint8Array(32).fill(8);
	const error = await t.throwsAsync(writeKeyFile(file, 'StakePoolSigningKey_ed25519', other), {
		instanceOf: NodeError,
	});
	t.is(error?.code, 'FILE_EXISTS');
	t.deepEqual(await readKeyFile(file, 'StakePoolSigningKey_ed25519'), key);
	await writeKeyFile(file, 'StakePoolSigningKey_ed25519', other, {replace: true});
	t.deepEqual(await readKeyFile(file, 'StakePoolSigningKey_ed25519'), other);
});

const refusals: Readonly<Record<string, readonly [text: string, code: string]>> = {
	'text that is not JSON': ['{', 'KEY_FILE_BAD'],
	'a key of another type': [
		formatTextEnvelope({type: 'VrfSigningKey_PraosVRF', description: '', cbor: Uint8Array.of(0x40)}),
		'KEY_FILE_BAD',
	],
	'a key of another length': [
		formatTextEnvelope({
			type: 'PaymentSigningKeyShelley_ed25519',
			description: '',
			cbor: Uint8Array.of(0x40),
		}),
		'KEY_FILE_BAD',
	],
	'bytes that are not CBOR': [
		formatTextEnvelope({
			type: 'PaymentSigningKeyShelley_ed25519',
			description: '',
			cbor: Uint8Array.of(0x58),
		}),
		'KEY_FILE_BAD',
	],
	'a file without end': [' '.repeat(200_000), 'FILE_TOO_LONG'],
};

for (const [what, [text, code]] of Object.entries(refusals))
	test(`refuses ${what}`, async t => {
		const file = path.join(await temporaryFolder(t), 'payment.skey');
		await writeFile(file, text, {mode: 0o600});
		const error = await t.throwsAsync(readKeyFile(file, 'PaymentSigningKeyShelley_ed25519'), {
			instanceOf: NodeError,
		});
		t.is(error?.code, code);
	});

test('says that a key file is not there', async t => {
	const file = path.join(await temporaryFolder(t), 'none.skey');
	const error = await t.throwsAsync(readTextEnvelope(file, 'VrfSigningKey_PraosVRF'), {
		instanceOf: NodeError,
	});
	t.is(error?.code, 'FILE_NOT_FOUND');
});

test('reads back every envelope it writes and never throws on others', t => {
	fc.assert(
		fc.property(
			fc.string({minLength: 1}),
			fc.string(),
			fc.uint8Array({minLength: 1, maxLength: 100}),
			(type, description, cbor) => {
				const envelope = {type, description, cbor};
				t.deepEqual(parseTextEnvelope(formatTextEnvelope(envelope)), {ok: true, value: envelope});
			},
		),
	);
	fc.assert(
		fc.property(fc.oneof(fc.string(), fc.json()), text => {
			const parsed = parseTextEnvelope(text);
			return parsed.ok || parsed.error.code.startsWith('TEXT_ENVELOPE_');
		}),
	);
});
