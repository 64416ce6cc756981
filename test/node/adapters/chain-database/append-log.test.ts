import test from 'ava';
import {assert} from '#kernel/assert';
import {AppendLog, type LogPlace} from '#node/adapters/chain-database/append-log';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {createFaultyFileSystem} from '../../../support/faulty-file-system.ts';

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Closing takes its time, as on a real disk, and nobody may use a file meanwhile. */
const slowToClose = (fileSystem: FileSystem): FileSystem => {
	const slow = (file: OpenFile): OpenFile => {
		let isOpen = true;
		return {
			...file,
			read: (offset, length) => {
				assert(isOpen, 'a file is not read while it is closed');
				return file.read(offset, length);
			},
			close: async () => {
				isOpen = false;
				await turn();
				await file.close();
			},
		};
	};
	return {
		...fileSystem,
		create: async name => slow(await fileSystem.create(name)),
		open: async name => slow(await fileSystem.open(name)),
	};
};

test('what was written can be read at any time, also while one file gives way to the next', async t => {
	const fileSystem = slowToClose(createFaultyFileSystem());
	await fileSystem.makeFolder('log');
	const log = new AppendLog({
		fileSystem,
		folder: 'log',
		nameOf: number => `${number}.log`,
		first: 0,
		fileBytes: 100,
		begin: () => [Uint8Array.of(0)],
	});
	const places: LogPlace[] = [];
	const item = (number: number): Uint8Array => new Uint8Array(40).fill(number);
	for (let number = 0; number < 30; number++) {
		log.append([item(number)], place => places.push(place));
		for (let step = 0; step < 6; step++) {
			const known = places.length - 1;
			const last = places[known];
			if (last !== undefined) t.deepEqual(await log.read(last), item(known));
			await Promise.resolve();
		}
		// So that the next item is not written together with this one.
		await turn();
	}
	await log.close();
	t.is(places.length, 30);
	t.true((places.at(-1)?.file ?? 0) >= 9);
});
