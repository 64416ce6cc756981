import {execFile} from 'node:child_process';
import process from 'node:process';
import {promisify} from 'node:util';
import test from 'ava';

const run = promisify(execFile);

const ways: Readonly<Record<string, readonly string[]>> = {
	'compiled code': ['dist/test/support/verify-in-threads.js'],
	'the sources, as `npm run dev` does': [
		'--conditions=source',
		'--import=./scripts/register-tsx.mjs',
		'test/support/verify-in-threads.ts',
	],
};

for (const [what, args] of Object.entries(ways))
	test(`threads start from ${what}, and the process ends when they are closed`, async t => {
		const {stdout, stderr} = await run(process.execPath, [...args]);
		t.deepEqual([JSON.parse(stdout), stderr], [{held: 100, threads: 2}, '']);
	});
