/**
 * `npm start`, `npm test`, `npm run build` on a clone that has nothing yet: installs what the lock file names,
 * compiles what changed, then runs the command. Plain JavaScript, because nothing is installed when it starts.
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [task = 'build', ...rest] = process.argv.slice(2);

const say = text => process.stderr.write(`${text}\n`);

const fail = (text, code = 1) => {
	say(text);
	process.exit(code);
};

const run = (command, args, options = {}) => {
	const done = spawnSync(command, args, {cwd: root, stdio: 'inherit', ...options});
	if (done.error) fail(`BOOTSTRAP_COMMAND_FAILED: ${command} did not start: ${done.error.message}`);
	return done;
};

const must = (command, args, what) => {
	const done = run(command, args, {stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28});
	if (done.status !== 0)
		fail(`BOOTSTRAP_COMMAND_FAILED: ${what} failed:\n${done.stdout}\n${done.stderr}`, done.status ?? 1);
};

const fingerprint = files => {
	const hash = createHash('sha256');
	for (const file of files) hash.update(file).update(readFileSync(path.join(root, file)));
	return hash.digest('hex');
};

const stampOf = file =>
	existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : '';

const checkNode = () => {
	const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
	if (major < 20 || (major === 20 && minor < 19))
		fail(`NODE_TOO_OLD: dCloud needs Node 20.19 or newer; this is ${process.versions.node}.`);
};

const install = () => {
	const now = fingerprint(['package-lock.json', 'package.json']);
	// A linked folder is somebody else's: npm ci would empty it.
	if (lstatSync(path.join(root, 'node_modules'), {throwIfNoEntry: false})?.isSymbolicLink()) return;
	if (existsSync(path.join(root, 'node_modules')) && stampOf('node_modules/.dcloud-installed') === now)
		return;
	say('Installing dependencies (npm ci) …');
	must('npm', ['ci', '--no-audit', '--no-fund'], 'npm ci');
	writeFileSync(path.join(root, 'node_modules/.dcloud-installed'), now);
};

const filesBelow = folder =>
	readdirSync(path.join(root, folder), {recursive: true, encoding: 'utf8'})
		.map(file => path.join(folder, file))
		.filter(file => statSync(path.join(root, file)).isFile())
		.sort();

/** AssemblyScript kernels: every crypto/wasm/<name>/index.as.ts or pieces/wasm/<name>/index.as.ts becomes dist/wasm/<name>.wasm. */
const buildWasm = async () => {
	const folders = ['crypto/wasm', 'pieces/wasm'].filter(folder => existsSync(path.join(root, folder)));
	const sources = folders.flatMap(filesBelow);
	if (sources.length === 0) return;
	const now = fingerprint([...sources, 'scripts/build-wasm.mjs', 'package-lock.json']);
	if (stampOf('dist/wasm/.stamp') === now) return;
	say('Compiling the WASM kernels …');
	mkdirSync(path.join(root, 'dist/wasm'), {recursive: true});
	must(process.execPath, ['scripts/build-wasm.mjs'], 'build-wasm');
	writeFileSync(path.join(root, 'dist/wasm/.stamp'), now);
};

const build = async () => {
	say('Compiling …');
	must(process.execPath, ['node_modules/typescript/bin/tsc'], 'tsc');
	await buildWasm();
};

/** A child that gets the terminal and whose exit code is ours; Ctrl-C reaches it through the process group. */
const become = (args, env = {}) => {
	process.on('SIGINT', () => undefined);
	process.on('SIGTERM', () => undefined);
	const done = run(process.execPath, args, {env: {...process.env, ...env}});
	process.exit(done.status ?? 1);
};

const AVA = 'node_modules/ava/entrypoints/cli.mjs';

/** All tests: many at once, then those that need the machine for themselves. With arguments, what ava makes of them. */
const test = () => {
	if (rest.length > 0) become([AVA, ...rest]);
	const many = run(process.execPath, [AVA]);
	const alone = run(process.execPath, [AVA, '--config', 'ava.libp2p.config.js']);
	for (const {signal} of [many, alone])
		if (signal) say(`BOOTSTRAP_COMMAND_FAILED: the tests were ended by ${signal}`);
	process.exit(many.status === 0 && alone.status === 0 ? 0 : 1);
};

checkNode();
install();
await build();
if (task === 'start') become(['--enable-source-maps', 'dist/cli/main.js', 'demo', ...rest]);
else if (task === 'test') test();
else if (task === 'contracts') become([AVA, '--config', 'ava.contracts.config.js', ...rest]);
else if (task === 'adversaries') become([AVA, '--config', 'ava.adversaries.config.js', ...rest]);
else if (task === 'bench') become(['--enable-source-maps', 'dist/test/bench/main.js', ...rest]);
else if (task === 'simulate') become(['--enable-source-maps', 'dist/test/simulation/main.js', ...rest]);
else if (task === 'simulate-long') become(['--enable-source-maps', 'dist/test/simulation/long.js', ...rest]);
else if (task === 'durability') become(['--enable-source-maps', 'dist/test/durability/main.js', ...rest]);
else if (task === 'soak') become(['--enable-source-maps', 'dist/test/soak/main.js', ...rest]);
else if (task === 'relay-load') become(['--enable-source-maps', 'dist/test/relay-load/main.js', ...rest]);
else if (task === 'attacks') become(['--enable-source-maps', 'dist/test/attacks/main.js', ...rest]);
else if (task !== 'build') fail(`BOOTSTRAP_UNKNOWN_TASK: ${task}`);
