import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {ambiguityChecks} from '#cli/conformance/kinds/ambiguities';

const root = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/ambiguities.md', root), 'utf8');
const headings = [...text.matchAll(/^## ([a-z0-9-]+)$/gm)].map(([, name]) => name);
const sections = text.split(/^## /m).slice(1);
const files = readdirSync(new URL('test/vectors/ambiguities/', root)).filter(name => name.endsWith('.json'));

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

test('every place where implementations differ has a paragraph, a check and vectors of ours', t => {
	t.deepEqual(headings, [...ambiguityChecks.keys()]);
	t.deepEqual(files.toSorted(byText), headings.map(name => `${name}.json`).toSorted(byText));
	for (const file of files) {
		const entries = JSON.parse(readFileSync(new URL(`test/vectors/ambiguities/${file}`, root), 'utf8')) as {
			ambiguity: string;
		}[];
		t.true(entries.length > 0);
		for (const {ambiguity} of entries) t.is(`${ambiguity}.json`, file);
	}
});

test('every paragraph names where the rule stands, or whose choice it is', t => {
	for (const section of sections.slice(0, headings.length))
		t.regex(
			section,
			/\b(OC|CL|CB|libsodium|papers|our own|reference|errata|chain-sync)\b/i,
			section.slice(0, 30),
		);
});
