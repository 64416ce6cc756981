/**
 * The architecture, checked. Folders form layers and imports only go down; pure folders stay
 * pure; files stay short. When a rule changes, change docs/ARCHITECTURE.md in the same commit.
 */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';

type Rule = {
	/** Folders this one may import, besides itself. */
	readonly imports: readonly string[];
	/** npm packages this one may import. */
	readonly packages: readonly string[];
	readonly pure: boolean;
	readonly why: string;
};

const pure = (why: string, imports: string[], packages: string[] = []): Rule => ({
	imports,
	packages,
	pure: true,
	why,
});
const shell = (why: string, imports: string[], packages: string[] = []): Rule => ({
	imports,
	packages,
	pure: false,
	why,
});

const core = ['kernel', 'crypto'];
const domain = [...core, 'storage-proofs', 'pieces', 'access', 'consensus', 'ledger', 'onchain', 'income'];

// The longest matching prefix wins.
const rules: Record<string, Rule> = {
	kernel: pure('The words everyone shares depend on nobody.', []),
	crypto: pure(
		'Primitives know bytes, not blocks; backends are handed in.',
		['kernel'],
		['@noble/hashes', '@scure/bip39'],
	),
	'storage-proofs': pure('A proof is checked the same way by everyone.', core),
	pieces: pure('File in, pieces out; the browser runs it too.', core),
	access: pure('Whoever serves decides alone what a grant is worth.', [...core, 'pieces']),
	onchain: pure(
		'Validators and their data are the contract with Cardano.',
		[...core, 'storage-proofs'],
		['@harmoniclabs/plu-ts', '@harmoniclabs/plu-ts-onchain'],
	),
	income: pure('What was earned elsewhere, sold and given: arithmetic on what others report.', core),
	consensus: pure('Chain rules see the ledger through LedgerView only.', core),
	ledger: pure('State transition: state and block in, state and events out.', [...core, 'storage-proofs']),
	'relay/protocols': pure('Mini-protocols are state machines over bytes.', core),
	relay: shell(
		'Sockets carry bytes and judge nothing.',
		[...core, 'relay/protocols'],
		['@harmoniclabs/ouroboros-miniprotocols-ts'],
	),
	'transport/protocols': pure('What peers say about pieces is a state machine over bytes.', core),
	'transport/libp2p': shell(
		'The only folder that knows libp2p; loaded when it is needed.',
		[...core, 'transport/protocols', 'transport'],
		['libp2p', '@libp2p', '@multiformats/multiaddr', 'ws'],
	),
	transport: shell('Streams between peers; nothing of what they carry.', [...core, 'transport/protocols']),
	'node/ports': shell('Interfaces only.', domain),
	'node/services': shell('Services know ports, never adapters.', [
		...domain,
		'relay',
		'transport',
		'node/ports',
	]),
	'node/adapters': shell(
		'Adapters implement ports, never call services.',
		[...domain, 'relay', 'transport', 'node/ports'],
		[
			'level',
			'sodium-native',
			'pino',
			'prom-client',
			'fastify',
			'cbor-x',
			'scalus',
			'@lucid-evolution/lucid',
			'shamir-secret-sharing',
		],
	),
	node: shell('Everything is put together here.', [...domain, 'relay', 'transport'], ['zod', 'yaml']),
	cli: shell(
		'The way in.',
		[...domain, 'relay', 'transport', 'node'],
		['commander', 'cli-progress', '@noble/ed25519', 'yaml'],
	),
	library: shell('The public entries: what others may import, by name.', [
		...domain,
		'relay',
		'node/adapters',
	]),
	test: shell(
		'Tests see all.',
		[...domain, 'relay', 'transport', 'node', 'cli', 'library'],
		[
			'ava',
			'fast-check',
			'@noble/curves',
			'@noble/hashes',
			'@harmoniclabs',
			'level',
			'scalus',
			'@lucid-evolution/lucid',
			'yaml',
		],
	),
};

const LINES_MAX = 400;
/** Clocks, dice, floating-point functions that engines may round apart, and the host's language. */
const IMPURE =
	/\bDate\b|\bMath\.(?:random|exp|log|pow|sin|cos|tan|cbrt|hypot)|\.(?:localeCompare|toLocale)|\bglobalThis\b/;
const IMPORT =
	/(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/g;

const root = process.cwd();
const within = (folder: string, file: string): boolean => file === folder || file.startsWith(`${folder}/`);
const ruleOf = (file: string): string | undefined =>
	Object.keys(rules)
		.filter(folder => within(folder, file))
		.sort((a, b) => b.length - a.length)[0];

const sources = Object.keys(rules)
	.filter(folder => !folder.includes('/'))
	.flatMap(folder =>
		readdirSync(path.join(root, folder), {recursive: true, encoding: 'utf8'}).map(
			file => `${folder}/${file}`,
		),
	)
	// AssemblyScript (crypto/wasm, pieces/wasm) is its own language with its own imports.
	.filter(file => file.endsWith('.ts') && !file.endsWith('.as.ts') && !file.endsWith('.d.ts'));

const importsOf = (text: string): string[] =>
	[...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');

/** The folder a specifier points at, or undefined when it is an npm package or a Node module. */
const folderOf = (file: string, specifier: string): string | undefined => {
	if (specifier.startsWith('#')) return ruleOf(specifier.slice(1));
	if (!specifier.startsWith('.')) return undefined;
	return ruleOf(path.posix.join(path.posix.dirname(file), specifier));
};

const mayImport = (folder: string, rule: Rule, file: string, specifier: string): boolean => {
	if (specifier.startsWith('node:')) return !rule.pure;
	const target = folderOf(file, specifier);
	if (target === undefined) return rule.packages.some(name => within(name, specifier));
	const sameTop = target.split('/')[0] === folder.split('/')[0];
	if (specifier.startsWith('.') && !sameTop) return false;
	return [folder, ...rule.imports].some(other => within(other, target));
};

const complaintsAbout = (file: string): string[] => {
	const folder = ruleOf(file) ?? '';
	const rule = rules[folder];
	if (rule === undefined) return [`${file}: no rule covers this folder`];
	return importsOf(readFileSync(path.join(root, file), 'utf8'))
		.filter(specifier => !mayImport(folder, rule, file, specifier))
		.map(specifier => `${file}: ${folder} may not import ${specifier}. ${rule.why}`);
};

test('imports only go down', t => {
	t.deepEqual(sources.flatMap(complaintsAbout), []);
});

test('pure folders read no clock and roll no dice', t => {
	const impure = sources.filter(file => rules[ruleOf(file) ?? '']?.pure === true);
	t.deepEqual(
		impure.filter(file => IMPURE.test(readFileSync(path.join(root, file), 'utf8'))),
		[],
	);
});

test(`no file is longer than ${LINES_MAX} lines`, t => {
	const long = sources.filter(
		file => readFileSync(path.join(root, file), 'utf8').split('\n').length > LINES_MAX,
	);
	t.deepEqual(long, []);
});
