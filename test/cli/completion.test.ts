/** Shells complete what they are told by `dcloud completion`: tried in a real one. */
import {execFileSync} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {nouns} from '#cli/nouns';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('bash completes commands, verbs, options, and files where nothing else can come', async t => {
	const folder = await temporaryFolder(t);
	const {code, stdout} = await runCli(folder, 'completion', 'bash');
	t.is(code, 0);
	const script = path.join(folder, 'completion.bash');
	await writeFile(script, stdout);
	const complete = (...words: readonly string[]): readonly string[] =>
		execFileSync(
			'bash',
			[
				'-c',
				// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own.
				'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dcloud; printf "%s\\n" "${COMPREPLY[@]}"',
				script,
				'dcloud',
				...words,
			],
			{encoding: 'utf8', cwd: folder},
		)
			.trim()
			.split('\n');
	t.deepEqual(new Set(complete('')), new Set(nouns.map(({name}) => name)));
	t.deepEqual(complete('prov'), ['provider']);
	t.deepEqual(new Set(complete('node', '')), new Set(['run', 'promote', 'demote', 'status']));
	t.deepEqual(complete('node', 'run', '--shelley-nothing'), ['']);
	t.deepEqual(complete('node', 'run', '--metrics-p'), ['--metrics-port']);
	t.deepEqual(complete('file', 'put', 'completion.b'), ['completion.bash']);
});

test('zsh and fish are told of every command too, and another shell is refused', async t => {
	for (const shell of ['zsh', 'fish']) {
		const {stdout} = await runCli('.', 'completion', shell);
		for (const {name} of nouns) t.true(stdout.includes(name), `${shell}: ${name}`);
	}
	const {code, stderr} = await runCli('.', 'completion', 'sh');
	t.is(code, 1);
	t.regex(stderr, /^USAGE: /);
});
