/** The frame around all commands: help, usage, exit codes, errors for people and for programs. */
import {type ChildProcess, execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {nouns} from '#cli/nouns';
import {version} from '#cli/version';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('lists every noun when nothing is asked for', async t => {
	const folder = await temporaryFolder(t);
	const [bare, help] = await Promise.all([runCli(folder), runCli(folder, '--help')]);
	for (const {code, stdout, stderr} of [bare, help]) {
		t.is(code, 0);
		t.is(stderr, '');
		for (const {name, summary} of nouns) {
			t.true(stdout.includes(name));
			t.true(stdout.includes(summary));
		}
	}
	const {stdout} = await runCli(folder, '--version');
	t.is(stdout, `${version}\n`);
});

test('shows the verbs of a noun, and the options of a verb', async t => {
	const folder = await temporaryFolder(t);
	const [noun, verb] = await Promise.all([
		runCli(folder, 'account', '--help'),
		runCli(folder, 'account', 'send', '--help'),
	]);
	t.is(noun.code, 0);
	for (const name of ['create', 'balance', 'send', 'withdraw', 'history']) t.true(noun.stdout.includes(name));
	t.is(verb.code, 0);
	for (const option of ['--to', '--amount', '--key', '--node', '--json'])
		t.true(verb.stdout.includes(option));
});

test('a word that is not UTF-8 is refused, for it would stand for another name', async t => {
	const folder = await temporaryFolder(t);
	const {code, stderr} = await runCli(folder, 'file', 'put', 'a', '--name', 'a\ufffdb', '--json');
	t.is(code, 1);
	t.like(JSON.parse(stderr), {error: {code: 'ARGUMENT_NOT_UTF8', position: 5}});
});

const usages: readonly (readonly [what: string, words: readonly string[], names: RegExp])[] = [
	['an unknown noun', ['frobnicate'], /frobnicate/],
	['an unknown verb', ['tx', 'frobnicate'], /frobnicate/],
	['an unknown option', ['account', 'create', '--out', 'a', '--frobnicate'], /--frobnicate/],
	['a missing option', ['account', 'create'], /--out/],
	['a missing argument', ['genesis', 'show'], /file/],
	['an argument too many', ['genesis', 'show', 'a', 'b'], /too many arguments/],
];

for (const [what, words, names] of usages)
	test(`${what} is a matter of usage: exit 1, nothing on standard output`, async t => {
		const folder = await temporaryFolder(t);
		const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
		t.is(code, 1);
		t.is(stdout, '');
		const {error} = JSON.parse(stderr) as {readonly error: {readonly code: string; readonly message: string}};
		t.is(error.code, 'USAGE');
		t.regex(error.message, names);
		t.regex(error.message, /--help/);
	});

test('tells a failure to people as one readable line and to programs as one JSON value', async t => {
	const folder = await temporaryFolder(t);
	const words = ['chain', 'tip', '--node', 'nowhere'];
	const [plain, json] = await Promise.all([runCli(folder, ...words), runCli(folder, ...words, '--json')]);
	t.is(plain.code, 1);
	t.is(plain.stdout, '');
	t.regex(plain.stderr, /^CONTROL_FILE_MISSING: No node runs on nowhere/);
	t.is(json.code, 1);
	t.is(json.stdout, '');
	const {error} = JSON.parse(json.stderr) as {readonly error: Readonly<Record<string, unknown>>};
	t.is(error['code'], 'CONTROL_FILE_MISSING');
	t.is(error['file'], 'nowhere/control.json');
});

test('a noun without a verb shows its help, and is no success', async t => {
	const {code, stdout, stderr} = await runCli(await temporaryFolder(t), 'tx');
	t.is(code, 1);
	t.is(stdout, '');
	t.regex(stderr, /^Usage: dcloud tx/);
	t.notRegex(stderr, /USAGE/);
});

test('says that it was stopped when it was, not that it has a bug', async t => {
	const folder = await temporaryFolder(t);
	const run: {child?: ChildProcess} = {};
	const silent = createServer(() => run.child?.kill('SIGINT'));
	await new Promise<void>(resolve => {
		silent.listen(0, '127.0.0.1', resolve);
	});
	t.teardown(() => {
		silent.close();
		silent.closeAllConnections();
	});
	const {port} = silent.address() as AddressInfo;
	const control = {url: `http://127.0.0.1:${port}`, token: 'none'};
	await writeFile(path.join(folder, 'control.json'), JSON.stringify(control), {mode: 0o600});
	const {code, stderr} = await new Promise<{code: unknown; stderr: string}>(resolve => {
		const words = [path.resolve('dist/cli/main.js'), 'chain', 'tip', '--node', folder];
		run.child = execFile(process.execPath, words, (error, _stdout, text) =>
			resolve({code: error?.code, stderr: text}),
		);
	});
	t.is(code, 1);
	t.is(stderr, 'INTERRUPTED: Stopped.\n');
});

test('asks for the node that nobody named', async t => {
	const folder = await temporaryFolder(t);
	const {code, stderr} = await runCli(folder, 'pool', 'list');
	t.is(code, 1);
	t.regex(stderr, /^NODE_NOT_NAMED: .*--node/);
});

test('tells people of a wrong usage in one line', async t => {
	const {code, stdout, stderr} = await runCli(await temporaryFolder(t), 'account', 'create');
	t.is(code, 1);
	t.is(stdout, '');
	t.regex(stderr, /^USAGE: .*--out.*\n$/);
});
