import {execFile} from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

export type CliRun = {readonly code: number; readonly stdout: string; readonly stderr: string};

/** Tests run in the repository's root. */
export const PROGRAM: string = path.resolve('dist/cli/main.js');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs `dcloud <words>` as a process of its own in `folder`, with nothing in its environment but the path. */
export const runCli = (folder: string, ...words: readonly string[]): Promise<CliRun> =>
	new Promise((resolve, reject) => {
		execFile(
			process.execPath,
			[PROGRAM, ...words],
			{cwd: folder, env: {PATH: process.env['PATH'] ?? ''}, maxBuffer: OUTPUT_BYTES_MAX},
			(error, stdout, stderr) => {
				const code = error === null ? 0 : error.code;
				if (typeof code === 'number') resolve({code, stdout, stderr});
				else reject(error);
			},
		);
	});
