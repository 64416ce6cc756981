import path from 'node:path';
import {Level} from 'level';
import {u32be} from '#kernel/bytes';
import {readBlocks} from './block-file.ts';

/** Each block a key and an index entry, in one batch that waits for nobody. */
export const levelWriteRate = async (folder: string, file: string): Promise<number> => {
	const database = new Level<Uint8Array, Uint8Array>(path.join(folder, 'level'), {
		keyEncoding: 'view',
		valueEncoding: 'view',
	});
	let count = 0;
	let ms = 0;
	for await (const bytes of readBlocks(file)) {
		const key = u32be(count++);
		const begun = performance.now();
		await database.batch([{type: 'put', key, value: bytes}]);
		ms += performance.now() - begun;
	}
	await database.close();
	return (count / ms) * 1000;
};
