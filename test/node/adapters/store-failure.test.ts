import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {storeFailure} from '#node/adapters/store-failure';

const failures: Readonly<Record<string, readonly [error: Error & {code?: string}, code: string]>> = {
	'a full disk': [
		Object.assign(
			new Error('Database failed', {cause: new Error('IO error: 000005.log: No space left on device')}),
			{
				code: 'LEVEL_IO_ERROR',
			},
		),
		'STORE_DISK_FULL',
	],
	'a used-up quota': [new Error('IO error: Disk quota exceeded'), 'STORE_DISK_FULL'],
	'a damaged file': [new Error('Corruption: block checksum mismatch'), 'STORE_CORRUPT'],
	'anything else': [new Error('IO error: Input/output error'), 'STORE_FAILED'],
};

for (const [what, [error, code]] of Object.entries(failures))
	test(`has a code for ${what}`, t => {
		const failure = storeFailure(error, 'folder');
		t.true(failure instanceof NodeError && failure.code === code);
	});
