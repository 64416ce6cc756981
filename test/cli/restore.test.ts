import path from 'node:path';
import test from 'ava';
import {pathBelow} from '#cli/commands/restore';
import {NodeError} from '#kernel/node-error';

test('names of objects become paths below the folder of their bucket', t => {
	t.is(pathBelow('/safe', 'photos', 'a/b.png'), path.resolve('/safe/photos/a/b.png'));
	t.is(pathBelow('/safe', 'photos', 'a/../b.png'), path.resolve('/safe/photos/b.png'));
});

for (const name of ['../other/x', '/etc/passwd', '..', '.', 'a/', 'a/../..', 'a\0b'])
	test(`an object called ${JSON.stringify(name)} is written nowhere`, t => {
		const error = t.throws(() => pathBelow('/safe', 'photos', name), {instanceOf: NodeError});
		t.is(error.code, 'OBJECT_NAME_UNSAFE');
	});
