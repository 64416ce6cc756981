import {link, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {
	eraseSecretFile,
	nodeSecretFileSystem,
	replaceSecretFile,
	settleSecretFile,
} from '#node/adapters/secret-file';
import {crashingSecretFiles} from '../../support/crashing-secret-files.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const FILE = 'kes.skey';
const FATES = [
	{names: false, contents: false},
	{names: false, contents: true},
	{names: true, contents: false},
	{names: true, contents: true},
] as const;

const stepsOfReplacement = async (): Promise<number> => {
	const disk = crashingSecretFiles();
	disk.write(FILE, 'old secret');
	await replaceSecretFile(FILE, 'new secret', disk.files);
	return disk.steps;
};

test('a power cut at any step leaves the old or the new secret whole, and a start erases the other', async t => {
	const steps = await stepsOfReplacement();
	t.true(steps >= 10);
	const stood = new Set<string>();
	for (const fate of FATES)
		for (let cut = 0; cut < steps; cut++) {
			const disk = crashingSecretFiles();
			disk.write(FILE, 'old secret');
			disk.cutAfter(cut);
			const error = await t.throwsAsync(replaceSecretFile(FILE, 'new secret', disk.files));
			t.is((error as NodeError).code, 'FILE_UNWRITABLE');
			disk.restart(fate);
			await settleSecretFile(FILE, disk.files);
			const stands = defined(disk.read(FILE), `a secret stands after a cut at ${cut}`);
			t.true(['old secret', 'new secret'].includes(stands), `${stands} after a cut at ${cut}`);
			t.deepEqual(disk.names, [FILE]);
			if (stands === 'new secret')
				t.false(disk.surface.includes('old secret'), `the past can be found after a cut at ${cut}`);
			stood.add(stands);
		}
	t.is(stood.size, 2);
});

test('a power cut while a start cleans up leaves the same to the next start', async t => {
	const steps = await stepsOfReplacement();
	for (const fate of FATES)
		for (let cut = 0; cut < steps; cut++)
			for (let second = 0; second < 7; second++) {
				const disk = crashingSecretFiles();
				disk.write(FILE, 'old secret');
				disk.cutAfter(cut);
				await t.throwsAsync(replaceSecretFile(FILE, 'new secret', disk.files));
				disk.restart(fate);
				disk.cutAfter(second);
				await settleSecretFile(FILE, disk.files).catch(() => undefined);
				disk.restart(fate);
				await settleSecretFile(FILE, disk.files);
				t.true(['old secret', 'new secret'].includes(defined(disk.read(FILE), 'one stands')));
				t.deepEqual(disk.names, [FILE]);
			}
});

test('whatever the power does, no secret older than the last confirmed one comes back', async t => {
	const life = fc.record({cut: fc.integer({min: 0, max: 16}), fate: fc.constantFrom(...FATES)});
	await fc.assert(
		fc.asyncProperty(fc.array(life, {minLength: 1, maxLength: 12}), async lives => {
			const disk = crashingSecretFiles();
			disk.write(FILE, 'secret 0');
			let confirmed = 0;
			for (const [index, {cut, fate}] of lives.entries()) {
				disk.cutAfter(cut);
				const isDone = await replaceSecretFile(FILE, `secret ${index + 1}`, disk.files).then(
					() => true,
					() => false,
				);
				if (isDone) confirmed = index + 1;
				disk.restart(fate);
				await settleSecretFile(FILE, disk.files);
				const stands = Number(/^secret (\d+)$/.exec(disk.read(FILE) ?? '')?.[1]);
				t.true(stands >= confirmed, `${stands} stands, ${confirmed} was confirmed`);
				confirmed = stands;
			}
			await replaceSecretFile(FILE, 'secret 99', disk.files);
			t.deepEqual(
				disk.surface.filter(text => text.startsWith('secret')),
				['secret 99'],
			);
		}),
		{numRuns: 300},
	);
});

test('on a real disk the old secret is overwritten where it lay', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, FILE);
	await writeFile(file, 'old secret', {mode: 0o600});
	// Another name for the same bytes on disk: what a thief of the disk would find.
	await link(file, path.join(folder, 'witness'));
	await replaceSecretFile(file, 'new secret');
	t.is(await readFile(file, 'utf8'), 'new secret');
	t.deepEqual(await readFile(path.join(folder, 'witness')), Buffer.alloc('old secret'.length));
	t.is((await stat(file)).mode & 0o777, 0o600);
	t.deepEqual((await readdir(folder)).sort(), [FILE, 'witness'].sort());
	await eraseSecretFile(file);
	t.deepEqual(await readdir(folder), ['witness']);
	await t.notThrowsAsync(eraseSecretFile(file));
});

test('on a real disk a start erases what an interrupted replacement left', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, FILE);
	await writeFile(file, 'new secret', {mode: 0o600});
	await writeFile(`${file}.past`, 'old secret', {mode: 0o600});
	await writeFile(`${file}.next`, 'half of a sec', {mode: 0o600});
	await settleSecretFile(file);
	t.deepEqual(await readdir(folder), [FILE]);
	t.is(await readFile(file, 'utf8'), 'new secret');
	await nodeSecretFileSystem.link(file, `${file}.past`);
	await settleSecretFile(file);
	t.deepEqual(await readdir(folder), [FILE]);
	t.is(await readFile(file, 'utf8'), 'new secret');
});

for (const [errno, code] of [
	['EACCES', 'FILE_UNWRITABLE'],
	['ENOSPC', 'STORE_DISK_FULL'],
] as const)
	test(`a disk that answers ${errno} leaves the old secret alone and is told`, async t => {
		const file = path.join(await temporaryFolder(t), FILE);
		await writeFile(file, 'old secret', {mode: 0o600});
		const failing = {
			...nodeSecretFileSystem,
			create: async () => {
				throw Object.assign(new Error(errno), {code: errno});
			},
		};
		const error = await t.throwsAsync(replaceSecretFile(file, 'new secret', failing), {
			instanceOf: NodeError,
		});
		t.is(error?.code, code);
		t.is(await readFile(file, 'utf8'), 'old secret');
	});
