/** What the chain can carry of people: keys, hashes and numbers. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';

const sources = readdirSync('ledger', {recursive: true, encoding: 'utf8'})
	// The genesis names its profile in a word.
	.filter(file => file.endsWith('.ts') && !file.startsWith('genesis/'))
	.map(file => `ledger/${file}`);

test('no record of the chain has a field of text: handles, names and addresses of people cannot enter it', t => {
	t.true(sources.length > 70);
	const codecs = sources.filter(file =>
		/import \{[^}]*\btext\b[^}]*\} from '#kernel\/cbor\/codec'/.test(readFileSync(file, 'utf8')),
	);
	t.deepEqual(codecs, []);
});
