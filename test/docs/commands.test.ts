/** Documents and messages name the commands that the CLI has. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {nouns} from '#cli/nouns';

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

type Register = Parameters<Awaited<ReturnType<(typeof nouns)[number]['load']>>['register']>[0];

/** The verbs that a noun registers: every call is taken, and `command` is remembered. */
const verbsOf = (register: (noun: Register) => void): readonly string[] => {
	const verbs: string[] = [];
	const noun: object = new Proxy(
		{},
		{
			get:
				(_target, method) =>
				(...given: readonly unknown[]) => {
					if (method === 'command') verbs.push(String(given[0]).split(' ')[0] ?? '');
					return noun;
				},
		},
	);
	register(noun as Register);
	return verbs;
};

/** A noun without verbs does something by itself. */
const verbsByNoun = async (): Promise<ReadonlyMap<string, readonly string[]>> =>
	new Map(
		await Promise.all(nouns.map(async ({name, load}) => [name, verbsOf((await load()).register)] as const)),
	);

const folders = ['cli', 'node', 'relay', 'transport', 'ledger', 'onchain', 'docs'];

const texts = [
	'README.md',
	...folders.flatMap(folder =>
		readdirSync(folder, {recursive: true, encoding: 'utf8'})
			.filter(file => /\.(?:ts|md)$/.test(file))
			.map(file => `${folder}/${file}`),
	),
];

const named = (cell: string): readonly string[] =>
	[...cell.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);

test("the README's table of commands is that of the program", async t => {
	const known = await verbsByNoun();
	const table = /^## The CLI at a glance[\s\S]*?(?=^## )/m.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '';
	const rows = table
		.split('\n')
		.filter(line => line.startsWith('| `'))
		.map(line => line.slice(2, -2).split(' | '));
	const shown = rows.flatMap(([nounsShown = '', verbs = '']) =>
		named(nounsShown).map(noun => [noun, named(verbs)] as const),
	);
	t.deepEqual(shown.map(([noun]) => noun).sort(byName), [...known.keys()].sort(byName));
	for (const [noun, verbs] of shown)
		t.deepEqual([...verbs].sort(byName), [...(known.get(noun) ?? [])].sort(byName), noun);
});

test('every `dcloud noun verb` that is written anywhere exists', async t => {
	const known = await verbsByNoun();
	const unknown = texts.flatMap(file =>
		[...readFileSync(file, 'utf8').matchAll(/[`"]dcloud ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?/g)]
			.filter(([, noun = '', verb]) => {
				const verbs = known.get(noun);
				return verbs === undefined || (verbs.length > 0 && verb !== undefined && !verbs.includes(verb));
			})
			.map(([mention]) => `${file}: ${mention.slice(1)}`),
	);
	t.deepEqual(unknown, []);
});
