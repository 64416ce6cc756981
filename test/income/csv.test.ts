import test from 'ava';
import fc from 'fast-check';
import {csvText, parseCsv} from '#income/csv';

test('quoted cells hold separators, quotes and line ends, and lines keep their numbers', t => {
	const table = parseCsv('\uFEFFName,"Note"\r\na,"x, ""y""\nz"\r\n\r\nb,\n');
	t.true(table.ok);
	if (!table.ok) return;
	t.deepEqual(table.value.headings, ['name', 'note']);
	t.deepEqual(
		table.value.rows.map(({line, cells}) => [line, cells.get('name'), cells.get('note')]),
		[
			[2, 'a', 'x, "y"\nz'],
			[5, 'b', ''],
		],
	);
});

test('semicolons separate where the first line has no comma', t => {
	const table = parseCsv('a;b\n1,5;2\n');
	t.is(table.ok ? table.value.rows[0]?.cells.get('a') : undefined, '1,5');
});

test('rejects rows of another length, columns of one name, open quotes and nothing at all', t => {
	const failures = ['a,b\n1\n', 'a,A\n1,2\n', 'a\n"1\n', 'a,b\n"1"x,2\n', ''].map(text => parseCsv(text));
	t.deepEqual(
		failures.map(failure => (failure.ok ? 'taken' : failure.error)),
		[
			{code: 'CSV_MALFORMED', line: 2, problem: '1 cells under 2 headings'},
			{code: 'CSV_MALFORMED', line: 1, problem: 'two columns of one name'},
			{code: 'CSV_MALFORMED', line: 2, problem: 'a quote that is not closed'},
			{code: 'CSV_MALFORMED', line: 2, problem: 'text after a closed quote'},
			{code: 'CSV_MALFORMED', line: 1, problem: 'nothing in it'},
		],
	);
});

test('any cells survive being written and read, and any text is judged without a crash', t => {
	const cell = fc.string().map(text => text.trim().replaceAll('\r', ''));
	fc.assert(
		fc.property(fc.array(fc.tuple(cell, cell), {maxLength: 5}), rows => {
			const table = parseCsv(csvText([['one', 'two'], ...rows]));
			t.true(table.ok);
			if (table.ok)
				t.deepEqual(
					table.value.rows.map(({cells}) => [...cells.values()]),
					rows.map(row => [...row]),
				);
		}),
	);
	fc.assert(
		fc.property(fc.string({unit: fc.constantFrom('"', ',', ';', '\n', '\r', 'a'), maxLength: 40}), text => {
			t.is(typeof parseCsv(text).ok, 'boolean');
		}),
	);
});
