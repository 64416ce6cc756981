/** The way of a recovery phrase through the command line, in processes of their own. */
import {execFile} from 'node:child_process';
import {chmod, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const json = async (folder: string, ...words: readonly string[]): Promise<Record<string, unknown>> => {
	const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
	if (code !== 0) throw new Error(`${words.join(' ')}: ${stdout}${stderr}`);
	return JSON.parse(stdout) as Record<string, unknown>;
};

const codeOf = async (folder: string, ...words: readonly string[]): Promise<string> => {
	const {code, stderr, stdout} = await runCli(folder, ...words, '--json');
	if (code === 0) return 'none';
	return (/[A-Z]+(?:_[A-Z]+)+/.exec(stderr + stdout) ?? ['?'])[0];
};

const secretFile = async (folder: string, name: string, text: string): Promise<void> =>
	writeFile(path.join(folder, name), text, {mode: 0o600});

test('words, shares and words again lead to the same account', async t => {
	const folder = await temporaryFolder(t);
	const made = await json(folder, 'key', 'new', '--out', 'alice');
	t.is(String(made['phrase']).split(' ').length, 24);
	t.is((await stat(path.join(folder, 'alice.skey'))).mode & 0o777, 0o600);
	await secretFile(folder, 'words.txt', `${String(made['phrase'])}\n`);

	const split = await json(
		folder,
		...['key', 'split', '--phrase', 'words.txt', '--shares', '5', '--threshold', '3', '--out', 'shares'],
	);
	t.is((split['files'] as string[]).length, 5);
	const combined = await json(
		folder,
		...['key', 'combine', 'shares/share-5.txt', 'shares/share-1.txt', 'shares/share-3.txt'],
	);
	t.is(combined['phrase'], made['phrase']);

	const restored = await json(folder, 'key', 'restore', '--phrase', 'words.txt', '--out', 'again');
	t.is(restored['account'], made['account']);
	t.is(
		await readFile(path.join(folder, 'again.skey'), 'utf8'),
		await readFile(path.join(folder, 'alice.skey'), 'utf8'),
	);
	const second = await json(
		folder,
		...['key', 'restore', '--phrase', 'words.txt', '--account', '1', '--out', 'second'],
	);
	t.not(second['account'], made['account']);
});

test('the words are read from standard input', async t => {
	const folder = await temporaryFolder(t);
	const made = await json(folder, 'key', 'new', '--words', '12', '--out', 'alice');
	const account = await new Promise<string>((resolve, reject) => {
		const child = execFile(
			process.execPath,
			[path.resolve('dist/cli/main.js'), 'key', 'restore', '--out', 'again', '--json'],
			{cwd: folder},
			(error, stdout) => (error ? reject(error) : resolve(String(JSON.parse(stdout).account))),
		);
		child.stdin?.end(String(made['phrase']).toUpperCase());
	});
	t.is(account, String(made['account']));
});

test('what is wrong with words or shares is said by its code', async t => {
	const folder = await temporaryFolder(t);
	const words = `${'abandon '.repeat(11)}about`;
	await secretFile(folder, 'good.txt', words);
	await secretFile(folder, 'short.txt', 'abandon about');
	await secretFile(folder, 'unknown.txt', words.replace('about', 'satellite'));
	await secretFile(folder, 'sum.txt', words.replace('about', 'zoo'));
	await secretFile(folder, 'open.txt', words);
	await chmod(path.join(folder, 'open.txt'), 0o644);
	const restore = (file: string) => codeOf(folder, 'key', 'restore', '--phrase', file, '--out', 'x');
	t.is(await restore('short.txt'), 'PHRASE_LENGTH_WRONG');
	t.is(await restore('unknown.txt'), 'PHRASE_WORD_UNKNOWN');
	t.is(await restore('sum.txt'), 'PHRASE_CHECKSUM_WRONG');
	t.is(await restore('open.txt'), 'KEY_FILE_OPEN');
	t.is(await codeOf(folder, 'key', 'new', '--words', '13', '--out', 'x'), 'OPTION_MALFORMED');

	const split = (out: string) =>
		json(folder, 'key', 'split', '--phrase', 'good.txt', '--shares', '3', '--threshold', '2', '--out', out);
	await split('a');
	await split('b');
	const combine = (...files: readonly string[]) => codeOf(folder, 'key', 'combine', ...files);
	t.is(await combine('a/share-1.txt'), 'SHARES_TOO_FEW');
	t.is(await combine('a/share-1.txt', 'b/share-2.txt'), 'SHARES_OF_DIFFERENT_SETS');
	t.is(await combine('a/share-1.txt', 'good.txt'), 'SHARE_MALFORMED');
	const share = (await readFile(path.join(folder, 'a/share-1.txt'), 'utf8')).trimEnd();
	await secretFile(folder, 'altered.txt', share.slice(0, -1) + (share.endsWith('0') ? '1' : '0'));
	t.is(await combine('altered.txt', 'a/share-2.txt'), 'SHARE_CHECKSUM_WRONG');
});
