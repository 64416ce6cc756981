/**
 * Runs every `sh` block of README.md, as it stands, in a fresh clone in an empty folder, with an empty HOME:
 * what a stranger would type. `--only N` runs one block, `--list` shows them. Exits 1 when one fails.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const only = words.includes('--only') ? Number(words[words.indexOf('--only') + 1]) : undefined;

const blocks = [
	...readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].map(([, text = '']) => text);

if (words.includes('--list')) {
	for (const [index, block] of blocks.entries()) process.stdout.write(`--- ${index + 1}\n${block}`);
	process.exit(0);
}

const folder = mkdtempSync(path.join(tmpdir(), 'dcloud-readme-'));
const home = mkdtempSync(path.join(tmpdir(), 'dcloud-home-'));
let failed = 0;
try {
	const clone = spawnSync('git', ['clone', '--quiet', root, path.join(folder, 'dcloud')], {stdio: 'inherit'});
	if (clone.status !== 0) process.exit(1);
	for (const [index, block] of blocks.entries()) {
		if (only !== undefined && only !== index + 1) continue;
		process.stdout.write(`--- README block ${index + 1}\n${block}`);
		const done = spawnSync('bash', ['-euo', 'pipefail', '-c', block], {
			cwd: path.join(folder, 'dcloud'),
			env: {...process.env, HOME: home},
			stdio: ['ignore', 'inherit', 'inherit'],
		});
		process.stdout.write(`--- README block ${index + 1} ${done.status === 0 ? 'passed' : 'FAILED'}\n`);
		if (done.status !== 0) failed++;
	}
} finally {
	// Somebody who is about to end may still write: what is left is removed a little later.
	for (const each of [folder, home])
		rmSync(each, {recursive: true, force: true, maxRetries: 50, retryDelay: 100});
}
process.exit(failed === 0 ? 0 : 1);
