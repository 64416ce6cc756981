/** docs/errors.md lists exactly the codes that the sources can give. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';

const folders = [
	'kernel',
	'crypto',
	'storage-proofs',
	'pieces',
	'access',
	'consensus',
	'ledger',
	'onchain',
	'income',
	'relay',
	'transport',
	'node',
	'cli',
];
/** Not error codes: names of environment variables and of units of the protocol. */
const notCodes = /^DCLOUD_/;

const sources = folders.flatMap(folder =>
	readdirSync(folder, {recursive: true, encoding: 'utf8'})
		.filter(file => file.endsWith('.ts') && !file.endsWith('.as.ts'))
		.map(file => `${folder}/${file}`),
);

const codesIn = (text: string): string[] =>
	[...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)]
		.map(([, code = '']) => code)
		.filter(code => !notCodes.test(code));

test('every error code of the sources is explained in docs/errors.md, and no other', t => {
	const used = new Set(sources.flatMap(file => codesIn(readFileSync(file, 'utf8'))));
	const listed = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(
		([, code = '']) => code,
	);
	t.deepEqual(
		[...used].filter(code => !listed.includes(code)).sort((a, b) => (a < b ? -1 : 1)),
		[],
		'missing in docs/errors.md',
	);
	t.deepEqual(
		listed.filter(code => !used.has(code)),
		[],
		'no longer in the sources',
	);
	t.is(new Set(listed).size, listed.length, 'listed twice');
});
