import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type {Voucher} from '#crypto/vouchers/voucher';
import {NodeError} from '#kernel/node-error';
import {openVoucherJournal} from '#node/adapters/file-voucher-journal';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {FileSystem} from '#node/ports/file-system';
import {createFaultyFileSystem, type DiskFault} from '../support/faulty-file-system.ts';
import {hashOf} from '../support/ledger-chain.ts';
import {createMemoryVoucherJournal} from '../support/memory-voucher-journal.ts';

const FILE = 'data/vouchers/vouchers';
const open = (fileSystem: FileSystem) => openVoucherJournal(fileSystem, 'data/vouchers');

const voucher = (channel: number, cumulative: number): Voucher => ({
	channelId: hashOf(`channel ${channel}`),
	cumulative: BigInt(cumulative),
	signature: new Uint8Array(64).fill(cumulative % 251),
});

const sums = (vouchers: readonly Voucher[]): readonly bigint[] => vouchers.map(({cumulative}) => cumulative);

const journals = [
	['in memory', async () => createMemoryVoucherJournal()],
	['in a file', async () => open(createFaultyFileSystem())],
] as const;

for (const [where, make] of journals)
	test(`a journal ${where} keeps what is worth most of each channel, and forgets`, async t => {
		const journal = await make();
		t.is(journal.newest(hashOf('channel 1')), undefined);
		await Promise.all([1, 5, 3].map(cumulative => journal.record(voucher(1, cumulative))));
		await journal.record(voucher(2, 7));
		await journal.record(voucher(2, 6));
		t.deepEqual(journal.newest(hashOf('channel 1')), voucher(1, 5));
		t.deepEqual(sums(journal.all()), [5n, 7n]);
		journal.forget(hashOf('channel 1'));
		t.deepEqual(sums(journal.all()), [7n]);
		await journal.close();
	});

test('keeps the newest voucher of each channel, over a restart on a real disk', async t => {
	const folder = path.join(await mkdtemp(path.join(tmpdir(), 'vouchers-')), 'vouchers');
	const first = await openVoucherJournal(createNodeFileSystem(), folder);
	await Promise.all([1, 5, 3].map(cumulative => first.record(voucher(1, cumulative))));
	await first.record(voucher(2, 7));
	await first.record(voucher(2, 6));
	t.deepEqual(first.newest(hashOf('channel 1')), voucher(1, 5));
	await first.close();
	const second = await openVoucherJournal(createNodeFileSystem(), folder);
	t.deepEqual(second.all(), [voucher(1, 5), voucher(2, 7)]);
	second.forget(hashOf('channel 1'));
	t.deepEqual(second.all(), [voucher(2, 7)]);
	await second.close();
});

test('a burst that waits is one write and one sync', async t => {
	const fileSystem = createFaultyFileSystem();
	const journal = await open(fileSystem);
	const before = fileSystem.writes;
	await Promise.all(Array.from({length: 50}, (_, index) => journal.record(voucher(index, 1))));
	t.is(fileSystem.writes - before, 2);
	t.is(journal.all().length, 50);
});

test('a file that is mostly history is written anew', async t => {
	const fileSystem = createFaultyFileSystem();
	const journal = await open(fileSystem);
	for (let cumulative = 1; cumulative <= 1100; cumulative++) await journal.record(voucher(1, cumulative));
	const [[, size] = ['', 0]] = fileSystem.files();
	t.true(size < 100 * 112, `${size} bytes`);
	await journal.close();
	t.deepEqual(sums((await open(fileSystem)).all()), [1100n]);
});

test('of a record that was damaged an older voucher is left', async t => {
	const fileSystem = createFaultyFileSystem();
	const journal = await open(fileSystem);
	for (const cumulative of [1, 2, 3]) await journal.record(voucher(1, cumulative));
	await journal.close();
	fileSystem.flipBit(FILE, 2 * 112 + 40);
	t.deepEqual(sums((await open(fileSystem)).all()), [2n]);
});

test('goes on when a full disk has room again', async t => {
	const fileSystem = createFaultyFileSystem();
	const journal = await open(fileSystem);
	await journal.record(voucher(1, 1));
	fileSystem.arm({at: 0, kind: 'full'});
	await t.throwsAsync(journal.record(voucher(1, 2)), {instanceOf: NodeError, code: 'STORE_DISK_FULL'});
	t.deepEqual(sums(journal.all()), [1n]);
	fileSystem.freeSpace();
	fileSystem.arm(undefined);
	await journal.record(voucher(1, 3));
	await journal.close();
	t.deepEqual(sums((await open(fileSystem)).all()), [3n]);
});

const kinds: readonly DiskFault['kind'][] = ['kill', 'powerCut', 'tornCut'];

test('whatever write the process or the machine dies at, no voucher is lost that was said to be kept', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.nat(2), fc.integer({min: 1, max: 500})), {minLength: 1, maxLength: 30}),
			fc.nat(40),
			fc.constantFrom(...kinds),
			fc.nat(),
			async (payments, at, kind, seed) => {
				const fileSystem = createFaultyFileSystem({seed});
				const kept = new Map<number, number>();
				const journal = await open(fileSystem);
				fileSystem.arm({at, kind});
				for (const [channel, cumulative] of payments) {
					const isKept = await journal.record(voucher(channel, cumulative)).then(
						() => true,
						() => false,
					);
					if (!isKept) break;
					kept.set(channel, Math.max(kept.get(channel) ?? 0, cumulative));
				}
				fileSystem.crash(kind === 'kill' ? 'process' : 'power');
				fileSystem.restart();
				const after = await open(fileSystem);
				return [...kept].every(
					([channel, cumulative]) =>
						(after.newest(hashOf(`channel ${channel}`))?.cumulative ?? 0n) >= cumulative,
				);
			},
		),
		{numRuns: 150},
	);
	t.pass();
});
