import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';

/** A fresh folder that goes when the test ends. */
export const temporaryFolder = async (t: ExecutionContext): Promise<string> => {
	const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-test-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
};
