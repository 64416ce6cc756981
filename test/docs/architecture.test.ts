/** docs/ARCHITECTURE.md says what is in the tree and what the tidy test enforces. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {type TidyRule, tidyRuleCount, tidyRules} from '../support/tidy-rules.ts';

const architecture = readFileSync('docs/ARCHITECTURE.md', 'utf8');

const words = (cell: string): readonly string[] => (cell === '–' ? [] : cell.split(' '));

const tableRules = (): readonly TidyRule[] => {
	const section = /^## Who owns what[\s\S]*?(?=^## )/m.exec(architecture)?.[0] ?? '';
	return section
		.split('\n')
		.filter(line => line.startsWith('| '))
		.map(line => line.slice(2, -2).split(' | '))
		.filter(([folder]) => folder !== 'folder')
		.map(([folder = '', , , imports = '', packages = '', pure]) => ({
			folder,
			imports: words(imports),
			packages: words(packages),
			pure: pure === 'yes',
		}));
};

test('the table of folders is the one that the tidy test enforces', t => {
	t.is(tidyRules().length, tidyRuleCount());
	t.deepEqual(tableRules(), tidyRules());
});

test('the pure folders are those that compile without Node and without the DOM', t => {
	const include = /"include": \[([^\]]*)\]/.exec(readFileSync('tsconfig.core.json', 'utf8'))?.[1] ?? '';
	const compiled = [...include.matchAll(/"([^"]+)"/g)].map(([, folder = '']) => folder);
	const pure = tidyRules()
		.filter(rule => rule.pure)
		.map(({folder}) => folder);
	const byName = (a: string, b: string): number => (a < b ? -1 : 1);
	t.deepEqual(compiled.sort(byName), pure.sort(byName));
});

/** Two spaces: a folder's own folders and files; what stands before its explanation. */
const treeEntries = (): readonly {readonly folder: string; readonly names: readonly string[]}[] => {
	const tree = /^## Tree\n```\n([\s\S]*?)^```/m.exec(architecture)?.[1] ?? '';
	let top = '';
	return tree.split('\n').flatMap(line => {
		top = /^([a-z-]+)\//.exec(line)?.[1] ?? top;
		const names = /^ {2}(\S.*?)(?: {2,}|$)/.exec(line)?.[1];
		const named = names?.split(' ').filter(name => /^[a-z]/.test(name)) ?? [];
		return top === '' || named.length === 0 ? [] : [{folder: top, names: named}];
	});
};

test('every folder and file of the tree is there', t => {
	const entries = treeEntries();
	t.true(entries.length > 50);
	const missing = entries.flatMap(({folder, names}) =>
		names
			.map(name => `${folder}/${name}`)
			.filter(name =>
				name.endsWith('*')
					? !readdirSync(folder).some(file => `${folder}/${file}`.startsWith(name.slice(0, -1)))
					: !existsSync(name) && !existsSync(`${name}.ts`),
			),
	);
	t.deepEqual(missing, []);
});

test('every folder of the sources is in the tree', t => {
	const tops = [...architecture.matchAll(/^([a-z-]+)\/ {2,}|^(node)\/$/gm)].map(([, a, b]) => a ?? b ?? '');
	const known = new Set(treeEntries().flatMap(({folder, names}) => names.map(name => `${folder}/${name}`)));
	const folders = tidyRules()
		.map(({folder}) => folder)
		.filter(folder => !folder.includes('/'));
	t.deepEqual(
		folders.filter(folder => !tops.includes(folder)),
		[],
	);
	const unknown = folders
		.filter(folder => folder !== 'test')
		.flatMap(folder =>
			readdirSync(folder, {withFileTypes: true})
				.filter(entry => entry.isDirectory())
				.map(({name}) => `${folder}/${name}/`),
		)
		.filter(name => ![...known].some(entry => entry.startsWith(name)));
	t.deepEqual(unknown, []);
});
