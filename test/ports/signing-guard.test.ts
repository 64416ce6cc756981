import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {openSigningGuard} from '#node/adapters/file-signing-guard';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import {createFaultyFileSystem, type DiskFault} from '../support/faulty-file-system.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('the signing guard remembers the last slot over a restart', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	const guard = await openSigningGuard(createNodeFileSystem(), file);
	t.is(guard.lastSignedSlot(), undefined);
	t.is(guard.lastSignedUnder(), undefined);
	const under = {hotVk: new Uint8Array(32).fill(7), counter: 2n ** 64n - 1n, evolution: 61};
	await guard.record(Slot(41), {...under, evolution: 60});
	await guard.record(Slot(42), under);
	for (const each of [guard, await openSigningGuard(createNodeFileSystem(), file)]) {
		t.is(each.lastSignedSlot(), Slot(42));
		t.deepEqual(each.lastSignedUnder(), under);
	}
});

test('the signing guard takes a slot that an operator wrote into its file', async t => {
	const file = path.join(await temporaryFolder(t), 'last-signed-slot');
	await writeFile(file, '123\n');
	const guard = await openSigningGuard(createNodeFileSystem(), file);
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
		`12\n${'ab'.repeat(32)} 0 0 00000000\n`,
	]) {
		await writeFile(file, text);
		const error = await t.throwsAsync(openSigningGuard(createNodeFileSystem(), file), {
			instanceOf: NodeError,
		});
		t.is(error?.code, 'SIGNING_GUARD_BAD');
	}
});

const FILE = 'data/last-signed-slot';
const KINDS = ['kill', 'powerCut', 'tornCut', 'full'] as const;
const under = {hotVk: new Uint8Array(32).fill(7), counter: 3n, evolution: 5};

const unlessCoded = (error: unknown): void => {
	if (!(error instanceof NodeError)) throw error;
};

test('a crash, a torn write or a full disk at any write loses no slot that was recorded, and makes up none', async t => {
	const fault = fc.record({at: fc.integer({min: 0, max: 24}), kind: fc.constantFrom(...KINDS)});
	await fc.assert(
		fc.asyncProperty(fc.nat(), fc.array(fault, {maxLength: 4}), async (seed, faults) => {
			const disk = createFaultyFileSystem({seed});
			let next = 0;
			let recorded = -1;
			/** Opens the guard and records slots until something fails. */
			const live = async (): Promise<void> => {
				const guard = await openSigningGuard(disk, FILE);
				const last = guard.lastSignedSlot() ?? -1;
				t.true(last >= recorded && last < next, `${last} stands, ${recorded} was recorded`);
				for (let count = 0; count < 4; count++) {
					const slot = next++;
					await guard.record(Slot(slot), under);
					recorded = slot;
				}
			};
			for (const each of [...faults, undefined] as readonly (DiskFault | undefined)[]) {
				disk.arm(each);
				await live().catch(unlessCoded);
				disk.freeSpace();
				if (disk.isDown) disk.restart();
			}
			t.is((await openSigningGuard(disk, FILE)).lastSignedSlot(), Slot(next - 1));
		}),
		{numRuns: 200},
	);
});

test('no flipped bit of the file passes for another slot', async t => {
	const disk = createFaultyFileSystem();
	await (await openSigningGuard(disk, FILE)).record(Slot(123_456), under);
	const length = disk.contentOf(FILE)?.length ?? 0;
	t.true(length > 70);
	for (let bit = 0; bit < 8 * length; bit++) {
		disk.flipBit(FILE, bit >> 3, bit & 7);
		const error = await t.throwsAsync(openSigningGuard(disk, FILE), {instanceOf: NodeError});
		t.is(error?.code, 'SIGNING_GUARD_BAD');
		disk.flipBit(FILE, bit >> 3, bit & 7);
	}
	t.deepEqual((await openSigningGuard(disk, FILE)).lastSignedUnder(), under);
});
