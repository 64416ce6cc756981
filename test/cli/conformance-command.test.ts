/** `dcloud conformance` as a process: over all vectors of this repository, and over spoilt ones. */
import {readdirSync, readFileSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {defined} from '#kernel/assert';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const folder = path.resolve('test/vectors');
/** Budgets of our own transactions, and other programs' files, are no vectors of anybody's rules. */
const others = ['onchain', 'bip39', 'cardano-cli', 'cardano-node-config'];
const names = readdirSync(folder, {recursive: true, withFileTypes: true})
	.filter(entry => entry.isFile() && !entry.name.endsWith('.md'))
	.map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
	.filter(name => !others.includes(name.split(path.sep)[0] ?? ''));
const vectors = names.map(name => path.join(folder, name));

test('agrees with every vector of this repository', async t => {
	const {code, stdout, stderr} = await runCli(folder, 'conformance', ...vectors);
	t.is(stderr, '');
	t.notRegex(stdout, /FAILED/);
	const passed = Number(/^(\d+) passed, 0 failed$/m.exec(stdout.trimEnd().split('\n').at(-1) ?? '')?.[1]);
	// Each file holds at least one case.
	t.true(passed >= vectors.length);
	t.is(code, 0);
});

/** A bit of each kind of vector, after a text or at an offset, that a right verdict depends on. */
const bits: readonly (readonly [file: string, at: string | number])[] = [
	['consensus/header-test-cases.json', '"header": "828a'],
	['consensus/leader-nonintegral.txt', ' => '],
	['fork-choice/07-slot-distance-5.yaml', ', tip: '],
	['consensus/preprod_70070331.cbor', 400],
	['consensus/preprod-nonces.json', '"active": "'],
	['consensus/mainnet-blocks.json', '"HeaderCbor": "828a1a00a60faf1a0817580c5820'],
	['consensus/preprod-01285-first-48.chunk', 20_000],
	['consensus/captured/within_k_fork_v1.json', '"final_tip": {\n        "slot": 47,\n        "hash": "'],
	['crypto/vrf_ver03_standard_10', 'beta: '],
	['crypto/vrf03-adversarial.json', '"beta": "'],
	['crypto/ed25519-edge.json', '"signature": "'],
	['vouchers/channels.json', '"channelId": "'],
	['crypto/key6Sig.bin', 100],
	['relay/n2n-messages.json', '"cborHex": "'],
	['relay/n2n-golden/Header_Conway', 0],
];

const flipped = (name: string, at: string | number): Uint8Array => {
	const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
	const offset = typeof at === 'number' ? at : Buffer.from(bytes).indexOf(at) + Buffer.byteLength(at);
	bytes[offset] = defined(bytes[offset], `${name} is long enough`) ^ 1;
	return bytes;
};

test('a flipped bit fails in each kind of vector, is told by its file, and makes the exit code 1', async t => {
	const spoilt = await temporaryFolder(t);
	for (const [name, at] of bits) {
		await mkdir(path.dirname(path.join(spoilt, name)), {recursive: true});
		await writeFile(path.join(spoilt, name), flipped(name, at));
	}
	const isSpoilt = (name: string): boolean => bits.some(([file]) => file === name);
	const given = names.map(name => path.join(isSpoilt(name) ? spoilt : folder, name));
	const {code, stdout, stderr} = await runCli(folder, 'conformance', ...given);
	t.is(stderr, '');
	t.is(code, 1);
	const failures = stdout.split('\n').filter(line => line.startsWith('FAILED '));
	for (const [name] of bits)
		t.true(
			failures.some(line => line.startsWith(`FAILED ${path.basename(name)}`)),
			name,
		);
	t.is(
		stdout.trimEnd().split('\n').at(-1),
		`${/(\d+) passed/.exec(stdout)?.[1]} passed, ${failures.length} failed`,
	);
	// What was not touched still passes.
	t.true(failures.every(line => bits.some(([name]) => line.startsWith(`FAILED ${path.basename(name)}`))));
});

test('one spoilt file is enough, and JSON tells the same', async t => {
	const spoilt = await temporaryFolder(t);
	const file = path.join(spoilt, 'key6Sig.bin');
	await writeFile(file, flipped('crypto/key6Sig.bin', 0));
	const {code, stdout} = await runCli(
		folder,
		...['conformance', path.join(folder, 'crypto/key6.bin'), file, '--json'],
	);
	t.is(code, 1);
	t.like(JSON.parse(stdout), {failed: 1});
});

test('a file of no known kind fails, and one that cannot be read is an error', async t => {
	const [unknown, absent] = await Promise.all([
		runCli(folder, 'conformance', 'crypto/SOURCE.md'),
		runCli(folder, 'conformance', 'crypto/no-such-file'),
	]);
	t.is(unknown.code, 1);
	t.regex(unknown.stdout, /^FAILED SOURCE\.md: .*\n0 passed, 1 failed\n$/);
	t.is(absent.code, 1);
	t.regex(absent.stderr, /^FILE_UNREADABLE: /);
});
