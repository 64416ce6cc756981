/** docs/decisions/0001 lists the packages of package.json, and says truly who imports them. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {tidyRules} from '../support/tidy-rules.ts';

type Row = {readonly names: readonly string[]; readonly where: readonly string[]};

const rows: readonly Row[] = readFileSync('docs/decisions/0001-dependencies.md', 'utf8')
	.split('\n')
	.filter(line => line.startsWith('| `'))
	.map(line => line.slice(2, -2).split(' | '))
	.map(([names = '', where = '']) => ({
		names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
		where: where.split(', '),
	}));

type Manifest = Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;

const {dependencies, devDependencies} = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const byName = (a: string, b: string): number => (a < b ? -1 : 1);

test('the table of dependencies is that of package.json', t => {
	t.deepEqual(
		rows.flatMap(({names}) => names).sort(byName),
		[...Object.keys(dependencies), ...Object.keys(devDependencies)].sort(byName),
	);
});

const IMPORTED = /(?:\bfrom|\bimport|\bimport\()\s*'((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^']*)?'/g;
const rules = tidyRules();

/** The folder of the tidy test that a file is in. */
const folderOf = (file: string): string =>
	rules
		.map(({folder}) => folder)
		.filter(folder => file.startsWith(`${folder}/`))
		.sort((a, b) => b.length - a.length)[0] ?? '';

/** Which folders import each package. */
const importers = (): ReadonlyMap<string, ReadonlySet<string>> => {
	const found = new Map<string, Set<string>>();
	for (const {folder} of rules.filter(rule => !rule.folder.includes('/')))
		for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'})) {
			const file = `${folder}/${name}`;
			if (!file.endsWith('.ts') || file.endsWith('.as.ts')) continue;
			for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED))
				found.set(imported, (found.get(imported) ?? new Set()).add(folderOf(file)));
		}
	return found;
};

test('the table of dependencies names exactly the folders that import each package', t => {
	const imported = importers();
	for (const {names, where} of rows) {
		const folders = new Set(names.flatMap(name => [...(imported.get(name) ?? [])]));
		const claimed = where.filter(place => place !== 'build' && place !== 'nobody');
		t.deepEqual([...folders].sort(byName), claimed.sort(byName), names.join(', '));
	}
});

test('the tidy test lets every folder import what it imports', t => {
	for (const {names, where} of rows)
		for (const folder of where.filter(place => place !== 'build' && place !== 'nobody')) {
			const {packages = []} = rules.find(rule => rule.folder === folder) ?? {};
			t.true(
				names.some(name => packages.some(allowed => name === allowed || name.startsWith(`${allowed}/`))),
				`${names.join(', ')} in ${folder}`,
			);
		}
});
