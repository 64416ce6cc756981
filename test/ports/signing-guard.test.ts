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
	await guard.record(Slot(41));
	await guard.record(Slot(42));
	t.is(guard.lastSignedSlot(), Slot(42));
	t.is((await openSigningGuard(file)).lastSignedSlot(), Slot(42));
});

test('the signing guard does not guess when its file is damaged', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	for (const text of ['', 'x\n', '12', '-1\n']) {
		await writeFile(file, text);
		const error = await t.throwsAsync(openSigningGuard(file), {instanceOf: NodeError});
		t.is(error?.code, 'SIGNING_GUARD_BAD');
	}
});
