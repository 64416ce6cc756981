import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {makeNodeFiles} from '../support/node-files.ts';
import {type Bench, lessIsBetter} from './bench.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** What a process of the same runtime takes that does nothing. */
const bareProcess = async (): Promise<{startMs: number; residentBytes: number}> => {
	const script =
		'const b=performance.now();setTimeout(()=>console.log(JSON.stringify({startMs:b,residentBytes:process.memoryUsage().rss})),1000)';
	return JSON.parse((await run(process.execPath, ['-e', script])).stdout) as {
		startMs: number;
		residentBytes: number;
	};
};

/** Memory and start-up of a node at rest, beside those of a bare Node process. */
export const nodeMemory: Bench = {
	name: 'node-memory',
	run: async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-'));
		try {
			const {genesis} = await makeNodeFiles(folder);
			const script = fileURLToPath(new URL('idle-node.js', import.meta.url));
			const {stdout} = await run(process.execPath, [script, genesis, path.join(folder, 'data')]);
			const node = JSON.parse(stdout) as {startMs: number; residentBytes: number};
			const bare = await bareProcess();
			return [
				lessIsBetter('node-memory', 'MiB', node.residentBytes / MIB, {
					name: 'bare Node process',
					value: bare.residentBytes / MIB,
				}),
				lessIsBetter('node-start', 'ms', node.startMs),
			];
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
