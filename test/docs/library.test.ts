/** docs/LIBRARY.md from outside: the package as `npm pack` makes it, in a folder that has nothing else, against a relay of ours. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import test from 'ava';
import {Hash32} from '#kernel/hash';
import {type RunningCardanoRelay, startCardanoRelay} from '#node/cardano-relay';
import type {DeployedScript} from '#onchain/deployed-script';
import {encodeDeployment} from '#onchain/deployment';
import {realBlocks, startText} from '../support/cardano-relay.ts';
import {crypto} from '../support/crypto.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const run = promisify(execFile);
const root = process.cwd();
const text = readFileSync('docs/LIBRARY.md', 'utf8');
const {version, exports} = JSON.parse(readFileSync('package.json', 'utf8')) as {
	readonly version: string;
	readonly exports: Readonly<Record<string, string>>;
};
const entries = Object.keys(exports)
	.filter(entry => entry !== './package.json')
	.map(entry => entry.slice(2));

type Names = {readonly types: readonly string[]; readonly values: readonly string[]};

const ZERO = Hash32(new Uint8Array(32));

/** Programs of the document, and what it says that each prints. */
const examples = [...text.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)].map(
	([, program = '', printed = ''], index) => ({name: `example-${index + 1}`, program, printed}),
);

const TSCONFIG = {
	compilerOptions: {
		target: 'es2023',
		module: 'nodenext',
		types: ['node'],
		strict: true,
		exactOptionalPropertyTypes: true,
		noUncheckedIndexedAccess: true,
	},
	include: ['*.ts'],
};

/** A folder in which `dcloud` is installed: the files that npm would publish, and its dependencies below it. */
const installPackage = async (folder: string): Promise<void> => {
	const modules = path.join(folder, 'node_modules');
	await mkdir(modules, {recursive: true});
	await run('npm', ['pack', '--silent', '--pack-destination', folder], {cwd: root});
	await run('tar', ['-xf', `dcloud-${version}.tgz`], {cwd: folder});
	await run('mv', ['package', path.join(modules, 'dcloud')], {cwd: folder});
	await symlink(path.join(root, 'node_modules'), path.join(modules, 'dcloud/node_modules'));
	await symlink(path.join(root, 'node_modules/@types'), path.join(modules, '@types'));
	await writeFile(path.join(folder, 'package.json'), '{"type": "module"}');
	await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
};

/** A script whose hash is that of its bytes; nothing runs it here. */
const scriptOf = (fill: number): DeployedScript => {
	const bytes = new Uint8Array(50).fill(fill);
	return {bytes, hash: crypto.blake2b224(Uint8Array.of(3), bytes), reference: {txId: ZERO, index: 0}};
};

/** A record like those of `dcloud cardano deploy`. */
const deploymentText = encodeDeployment({
	network: {magic: 1, zeroTimeMs: 0, slotLengthMs: 1_000},
	genesisHash: ZERO,
	treasuryClaimId: ZERO,
	params: {
		seed: {txId: ZERO, index: 0},
		genesisCommitteeHash: ZERO,
		systemStartMs: 0,
		periodMs: 1_000,
		networkMagic: 1,
	},
	scripts: {
		checkpoint: scriptOf(1),
		registry: scriptOf(2),
		treasury: scriptOf(3),
		bridge: scriptOf(4),
	},
});

/** A relay of preprod that has real blocks from immutable chunks. */
const startRelay = async (folder: string): Promise<RunningCardanoRelay> => {
	const immutableDb = path.join(folder, 'immutable');
	await mkdir(immutableDb, {recursive: true});
	const blocks = realBlocks.slice(0, 40).map(({bytes}) => bytes);
	await writeFile(path.join(immutableDb, '01285.chunk'), Buffer.concat(blocks));
	const config = {
		network: 'preprod',
		shelleyGenesis: undefined,
		databasePath: path.join(folder, 'database'),
		topology: undefined,
		hostAddr: '127.0.0.1',
		port: 0,
		startPoint: startText,
		protocolState: undefined,
		stakeDistributions: [],
		immutableDb,
		trustLevel: undefined,
		metricsPort: 'none',
	} as const;
	return startCardanoRelay(config, {version: 'test', signal: new AbortController().signal});
};

test('every program of the document compiles and prints what it says, from outside, against a relay of ours', async t => {
	const [relayFolder, folder] = [await temporaryFolder(t), await temporaryFolder(t)];
	const relay = await startRelay(relayFolder);
	t.teardown(() => relay.stop());
	await installPackage(folder);
	await writeFile(path.join(folder, 'deployment.json'), deploymentText);
	for (const {name, program} of examples) await writeFile(path.join(folder, `${name}.ts`), program);
	const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
	await t.notThrowsAsync(run(process.execPath, [compiler, '-p', '.'], {cwd: folder}));
	const env = {PATH: process.env['PATH'] ?? '', RELAY_PORT: String(relay.address.port)};
	for (const {name, printed} of examples) {
		const {stdout} = await run(process.execPath, [`${name}.js`], {cwd: folder, env});
		t.is(stdout, printed, name);
	}
});

const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

/** What a public entry file gives on, values and types. */
const exportedBy = (entry: string): Names => {
	const source = readFileSync(path.join('library', `${entry}.ts`), 'utf8');
	const listed = [...source.matchAll(/^export (type )?\{([^}]*)\} from/gm)].flatMap(
		([, type = '', names = '']) =>
			names
				.split(',')
				.map(name => name.trim())
				.filter(name => name !== '')
				.map(name => `${type}${name}`),
	);
	const types = listed.filter(name => name.startsWith('type ')).map(name => name.slice(5));
	return {types: types.sort(byCode), values: listed.filter(name => !name.startsWith('type ')).sort(byCode)};
};

const textOf = ({types, values}: Names): string => {
	const code = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(' ');
	return `${code(values)}\n\nTypes: ${code(types)}`;
};

test('the document lists the names of every entry, and no others', async t => {
	const sections = new Map(
		[...text.matchAll(/^### `dcloud\/([\w-]+)`\n\n([\s\S]*?)\n(?=\n#|$(?![\s\S]))/gm)].map(
			([, entry = '', names = '']) => [entry, names],
		),
	);
	t.deepEqual([...sections.keys()], entries);
	for (const entry of entries) {
		const names = exportedBy(entry);
		t.is(sections.get(entry), textOf(names), entry);
		const loaded = (await import(path.resolve('dist/library', `${entry}.js`))) as object;
		t.deepEqual(Object.keys(loaded).sort(byCode), names.values, entry);
	}
});

test('an entry has its row in the table, and its file where the package says', t => {
	const rows = [...text.matchAll(/^\| `dcloud\/([\w-]+)` \|/gm)].map(([, entry = '']) => entry);
	t.deepEqual(rows, entries);
	for (const entry of entries) t.is(exports[`./${entry}`], `./dist/library/${entry}.js`);
});
