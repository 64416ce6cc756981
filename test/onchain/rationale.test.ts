import test from 'ava';
import fc from 'fast-check';
import {RATIONALE_LENGTH_MAX, readRationale} from '#onchain/rationale';

const body = {title: 'A grant', abstract: 'Short.', motivation: 'Need.', rationale: 'Reason.'};
const document = (change: object = {}, rest: object = {}): string =>
	JSON.stringify({'@context': {}, hashAlgorithm: 'blake2b-256', body: {...body, ...change}, ...rest});
const wrong = (field: string, problem: string) => ({
	ok: false,
	error: {code: 'RATIONALE_FIELD_WRONG', field, problem},
});

test('a document in CIP-108’s form is read; what is missing or too long is named', t => {
	t.deepEqual(readRationale(document({references: []})), {ok: true, value: body});
	t.deepEqual<unknown, unknown>(readRationale(document({title: ' '})), wrong('body.title', 'is missing'));
	t.deepEqual<unknown, unknown>(
		readRationale(document({title: 'x'.repeat(81)})),
		wrong('body.title', 'is longer than 80 characters'),
	);
	t.deepEqual<unknown, unknown>(
		readRationale(document({}, {hashAlgorithm: 'md5'})),
		wrong('hashAlgorithm', 'is not "blake2b-256"'),
	);
	t.deepEqual<unknown, unknown>(readRationale(document({}, {body: 1})), wrong('body', 'is missing'));
	t.deepEqual<unknown, unknown>(readRationale('[]'), {ok: false, error: {code: 'RATIONALE_NOT_JSON'}});
	const length = RATIONALE_LENGTH_MAX + 1;
	t.deepEqual<unknown, unknown>(readRationale(' '.repeat(length)), {
		ok: false,
		error: {code: 'RATIONALE_TOO_LONG', length, lengthMax: RATIONALE_LENGTH_MAX},
	});
	fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => !readRationale(text).ok));
});
