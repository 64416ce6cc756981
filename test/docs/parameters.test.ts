import {readFileSync} from 'node:fs';
import test from 'ava';
import {parametersDocument} from '#cli/parameters-document';

test('docs/PARAMETERS.md says what the code does: node scripts/write-parameters.mjs writes it', t => {
	t.is(readFileSync('docs/PARAMETERS.md', 'utf8'), parametersDocument());
});
