/**
 * Runs every `sh` block of docs/PROVIDERS.md, docs/OPERATORS.md, docs/CUSTOMERS.md and docs/GOVERNANCE.md, as they stand, one shell a guide, in an
 * empty folder with an empty HOME, `dcloud` being this clone's; then looks at what they left: the provider has earned, the producer has forged, the files are the same.
 * What a block installs, it installs from this clone (`DCLOUD_REPOSITORY`) below the folder (`DESTDIR`). A block that says what it needs, as in
 * "sh needs-systemd", is left out where that is not there, and named; what no such block says is an error.
 * A name on the command line runs that guide alone; `--keep` leaves the folder. Exits 1 when one fails.
 */
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const keeps = words.includes('--keep');
const MINUTES_MAX = 20;
const STOP_MS_MAX = 15_000;
/** Somebody who is about to end may still write: what is left is removed a little later. */
const REMOVAL = {recursive: true, force: true, maxRetries: 50, retryDelay: 100};

const digest = file => createHash('sha256').update(readFileSync(file)).digest('hex');

/** What must be true of the folder afterwards; returns what is wrong. */
const guides = {
	PROVIDERS: folder => {
		const earned = readFileSync(path.join(folder, 'earned.txt'), 'utf8').trim();
		return /^[1-9]\d*$/.test(earned) ? undefined : `earned ${earned}`;
	},
	OPERATORS: folder => {
		const numberIn = name => readFileSync(path.join(folder, `${name}.txt`), 'utf8').trim();
		const wrong = ['forged', 'followed'].filter(name => !/^[1-9]\d*$/.test(numberIn(name)));
		return wrong.length === 0 ? undefined : wrong.map(name => `${name} ${numberIn(name)}`).join(', ');
	},
	CUSTOMERS: folder => {
		const before = path.join(folder, 'holiday');
		const after = path.join(folder, 'another-machine/files/photos');
		const names = readdirSync(before).sort();
		const wrong = names.filter(name => digest(path.join(before, name)) !== digest(path.join(after, name)));
		return names.length > 0 && wrong.length === 0
			? undefined
			: `not restored: ${wrong.join(', ') || 'nothing'}`;
	},
};

const isThere = program => spawnSync(program, ['--version'], {stdio: 'ignore'}).error === undefined;

/** What a block may need that not every machine has: whether it is here, and what to call it where it is not. */
const needs = {
	root: {isHere: () => process.getuid?.() === 0, missing: 'this is not root'},
	systemd: {
		// It starts what is in /etc, so only on a machine that may be changed.
		isHere: () => process.env.DESTDIR === '' && existsSync('/run/systemd/system'),
		missing: 'systemd does not run here, or is not to be touched (DESTDIR= says that it may be)',
	},
	'systemd-analyze': {
		isHere: () => isThere('systemd-analyze'),
		missing: 'systemd-analyze is not installed here',
	},
};

/** Undefined: nothing. Throws when nobody knows the need, or the fence says something else. */
const missingFor = (guide, words) => {
	for (const word of words) {
		const need = needs[word.replace(/^needs-/, '')];
		if (!word.startsWith('needs-') || need === undefined)
			throw new Error(
				`GUIDE_FENCE_UNKNOWN: docs/${guide}.md has "sh ${word}"; a fence may name ${Object.keys(needs)
					.map(name => `needs-${name}`)
					.join(', ')}`,
			);
		if (!need.isHere()) return need.missing;
	}
	return undefined;
};

/** The blocks in their order; of those that cannot run here, a line that says so. */
const blocksOf = guide =>
	[
		...readFileSync(path.join(root, 'docs', `${guide}.md`), 'utf8').matchAll(
			/^```sh\b(.*)\n([\s\S]*?)^```$/gm,
		),
	].map(([, fence = '', text = ''], index) => {
		const name = `${guide} block ${index + 1}`;
		const missing = missingFor(guide, fence.split(' ').filter(Boolean));
		return missing === undefined ? `echo '--- ${name}'\n${text}` : `echo '--- ${name} LEFT OUT: ${missing}'`;
	});

const shell = (script, cwd, home, bin) =>
	new Promise(resolve => {
		const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
			cwd,
			env: {
				...process.env,
				HOME: home,
				PATH: `${bin}${path.delimiter}${process.env.PATH}`,
				DCLOUD_REPOSITORY: root,
				DESTDIR: process.env.DESTDIR ?? path.join(cwd, 'root'),
			},
			stdio: ['ignore', 'inherit', 'inherit'],
			// A group of its own, so that nothing that a block started outlives a failure.
			detached: true,
		});
		const tell = signal => {
			try {
				return process.kill(-child.pid, signal);
			} catch {
				// All of it has ended.
				return false;
			}
		};
		const end = () => tell('SIGTERM');
		/** Its processes still write into the folder until they are gone. */
		const gone = async () => {
			const untilMs = performance.now() + STOP_MS_MAX;
			while (performance.now() < untilMs) {
				if (!tell(0)) return;
				await delay(50);
			}
			tell('SIGKILL');
		};
		const late = setTimeout(() => {
			process.stdout.write(`--- not done after ${MINUTES_MAX} minutes\n`);
			end();
		}, MINUTES_MAX * 60_000);
		process.once('SIGINT', end);
		process.once('SIGTERM', end);
		child.once('exit', code => {
			clearTimeout(late);
			end();
			void gone().then(() => resolve(code ?? 1));
		});
	});

const runGuide = async guide => {
	const folder = mkdtempSync(path.join(tmpdir(), 'dcloud-guide-'));
	const home = mkdtempSync(path.join(tmpdir(), 'dcloud-home-'));
	const bin = path.join(home, 'bin');
	mkdirSync(bin);
	const program = path.join(bin, 'dcloud');
	writeFileSync(
		program,
		`#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'dist/cli/main.js')}' "$@"\n`,
	);
	chmodSync(program, 0o755);
	const script = blocksOf(guide).join('\n');
	const startMs = performance.now();
	try {
		const code = await shell(script, folder, home, bin);
		const wrong = code === 0 ? guides[guide](folder) : `exit ${code}`;
		const seconds = Math.round((performance.now() - startMs) / 1000);
		process.stdout.write(
			`--- ${guide} ${wrong === undefined ? 'passed' : `FAILED: ${wrong}`} in ${seconds} s\n`,
		);
		return wrong === undefined;
	} finally {
		if (keeps) process.stdout.write(`--- left in ${folder}\n`);
		else rmSync(folder, REMOVAL);
		rmSync(home, REMOVAL);
	}
};

/** On its devnet days pass by hand, so it is a test: `test/guides/governance.test.ts`, beside others that need what no devnet has. */
const runGovernance = () => {
	const ava = path.join(root, 'node_modules/ava/entrypoints/cli.mjs');
	const {status} = spawnSync(process.execPath, [ava, '--config', 'ava.guides.config.js'], {
		cwd: root,
		stdio: 'inherit',
	});
	process.stdout.write(`--- GOVERNANCE ${status === 0 ? 'passed' : 'FAILED'}\n`);
	return status === 0;
};

const runs = {
	...Object.fromEntries(Object.keys(guides).map(guide => [guide, () => runGuide(guide)])),
	GOVERNANCE: runGovernance,
};
const chosen = Object.keys(runs).filter(guide => !words.some(word => word in runs) || words.includes(guide));
let failed = 0;
for (const guide of chosen) if (!(await runs[guide]())) failed++;
process.exit(failed === 0 ? 0 : 1);
