import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {readAnnouncementCache, writeAnnouncementCache} from '#node/adapters/announcement-cache';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('announcements come back as they were', async t => {
	const folder = await temporaryFolder(t);
	const items = [Uint8Array.of(1, 2, 3), new Uint8Array(1024).fill(7), new Uint8Array(0)];
	t.deepEqual(await readAnnouncementCache(folder), []);
	await writeAnnouncementCache(folder, items);
	t.deepEqual(await readAnnouncementCache(folder), items);
});

test('a broken cache is an empty one', async t => {
	const folder = await temporaryFolder(t);
	await fc.assert(
		fc.asyncProperty(fc.uint8Array({maxLength: 64}), async bytes => {
			await writeFile(path.join(folder, 'announcements.cbor'), bytes);
			t.true(Array.isArray(await readAnnouncementCache(folder)));
		}),
		{numRuns: 200},
	);
	t.deepEqual(await readAnnouncementCache('/nowhere'), []);
});
