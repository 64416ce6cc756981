/** A provider of ten terabytes, 4.3 million pieces: start, commitment, proof and one piece more, from its disk. */
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {type Bench, lessIsBetter} from '../bench.ts';
import {isShort} from '../measure.ts';
import type {ForestFigures} from './forest-process.ts';
import {makeForestWorld} from './forest-world.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

const SIZE = isShort ? {agreements: 20, piecesEach: 500} : {agreements: 1000, piecesEach: 4300};

export const forestBench: Bench = {
	name: 'forest',
	run: async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-forest-'));
		try {
			const world = await makeForestWorld(path.join(folder, 'pieces'), SIZE);
			const file = path.join(folder, 'world.json');
			await writeFile(file, JSON.stringify(world));
			const script = fileURLToPath(new URL('forest-process.js', import.meta.url));
			const {stdout} = await run(process.execPath, [script, file]);
			const {startMs, commitMs, proveMs, appendMs, rebuildMs, proofBytes, residentBytes} = JSON.parse(
				stdout,
			) as ForestFigures;
			const rebuilt = {name: 'tries made from the index', value: rebuildMs};
			return [
				lessIsBetter('forest-start', 'ms', startMs, rebuilt),
				lessIsBetter('forest-commit', 'ms', commitMs, rebuilt),
				lessIsBetter('forest-prove', 'ms', proveMs, rebuilt),
				lessIsBetter('forest-append', 'ms', appendMs, {
					name: 'trie of the agreement made from the index',
					value: rebuildMs / SIZE.agreements,
				}),
				lessIsBetter('forest-proof', 'bytes', proofBytes),
				lessIsBetter('forest-memory', 'MiB', residentBytes / MIB),
			];
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
