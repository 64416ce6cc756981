import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';

/** The part of a test that undoes things when it ends. */
export type Teardown = Pick<ExecutionContext, 'teardown'>;

/** A fresh folder that goes when the test ends. */
export const temporaryFolder = async (t: Teardown): Promise<string> => {
	const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-test-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
};
