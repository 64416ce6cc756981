/** The suite of other implementations needs none of them: what it does with one is tried with a script in its place. */
import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {defined} from '#kernel/assert';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {programs, tryProgram} from './programs.ts';

const target = {host: '127.0.0.1', port: 3_001, magic: 1, socket: 'socket'};
const cncli = defined(
	programs.find(({name}) => name === 'cncli'),
	'it is one of them',
);

test('a program that is not installed is said to be missing, one that is there is asked and judged by its answer', async t => {
	const folder = await temporaryFolder(t);
	t.deepEqual(await tryProgram(cncli, target, folder), {kind: 'missing'});
	const file = path.join(folder, 'cncli');
	const answer = async (script: string): Promise<unknown> => {
		await writeFile(file, `#!/bin/sh\n${script}\n`);
		await chmod(file, 0o755);
		return tryProgram(cncli, target, folder);
	};
	t.deepEqual(await answer(`[ "$1 $3 $5 $7" = "ping 127.0.0.1 3001 1" ] && echo '{"status": "ok"}'`), {
		kind: 'good',
	});
	t.deepEqual(await answer(`echo '{"status": "error"}'`), {kind: 'differs', output: '{"status": "error"}\n'});
	t.deepEqual(await answer('echo broken >&2; exit 3'), {kind: 'differs', output: 'broken\n'});
});
