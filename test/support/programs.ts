/** Other people's programs that tests run against, where they are installed. */
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type {ExecutionContext} from 'ava';

const folders = (process.env['PATH'] ?? '').split(path.delimiter);

export const isProgramThere = (name: string): boolean =>
	folders.some(folder => existsSync(path.join(folder, name)));

/** Runs until the test ends. */
export const startProgram = (t: ExecutionContext, name: string, ...words: readonly string[]): void => {
	const child = spawn(name, words, {stdio: 'ignore'});
	t.teardown(
		() =>
			new Promise<void>(resolve => {
				if (child.exitCode !== null) resolve();
				child.once('exit', () => resolve());
				child.kill('SIGKILL');
			}),
	);
};
