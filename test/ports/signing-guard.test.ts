import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {openSigningGuard} from '#node/adapters/file-signing-guard';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('the signing guard remembers the last slot over a restart', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	const guard = await openSigningGuard(file);
	t.is(guard.lastSignedSlot(), undefined);
	t.is(guard.lastSignedUnder(), undefined);
	const under = {hotVk: new Uint8Array(32).fill(7), counter: 2n ** 64n - 1n, evolution: 61};
	await guard.record(Slot(41), {...under, evolution: 60});
	await guard.record(Slot(42), under);
	for (const each of [guard, await openSigningGuard(file)]) {
		t.is(each.lastSignedSlot(), Slot(42));
		t.deepEqual(each.lastSignedUnder(), under);
	}
});

test('the signing guard takes a slot that an operator wrote into its file', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	await writeFile(file, '123\n');
	const guard = await openSigningGuard(file);
	t.is(guard.lastSignedSlot(), Slot(123));
	t.is(guard.lastSignedUnder(), undefined);
});

test('the signing guard does not guess when its file is damaged', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	for (const text of [
		'',
		'x\n',
		'12',
		'-1\n',
		'12\nab 0 0\n',
		'9007199254740993\n',
		`12\n${'ab'.repeat(32)} 0`,
	]) {
		await writeFile(file, text);
		const error = await t.throwsAsync(openSigningGuard(file), {instanceOf: NodeError});
		t.is(error?.code, 'SIGNING_GUARD_BAD');
	}
});
