/** docs/interop.md names only tests and vectors that there are. */
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';

const text = readFileSync('docs/interop.md', 'utf8');

test('every comparison with another implementation names the tests and vectors that make it', t => {
	const [, table = ''] = /^## What was compared[\s\S]*?\n\n(\| with [\s\S]*?)\n\n/m.exec(text) ?? [];
	const rows = table.split('\n').slice(2);
	t.true(rows.length > 8);
	for (const row of rows) {
		const named = [...row.matchAll(/`([\w./-]+\.(?:test\.ts|json)|test\/[\w./-]+)`/g)].map(
			([, name = '']) => name,
		);
		t.true(named.length > 0, row);
		for (const name of named) t.true(existsSync(name), name);
	}
});
