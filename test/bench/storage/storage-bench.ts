/** Storing and fetching over TLS on loopback, each provider and the customer in processes of their own. */
import {fork} from 'node:child_process';
import path from 'node:path';
import type {Bench, Figure} from '../bench.ts';
import {isShort} from '../measure.ts';
import type {ClientTask} from './client-task.ts';

const SIZES = [7, 30];
const FULL = {fileBytes: 2 ** 30, ranges: 500, objects: 10_000};
const SHORT = {fileBytes: 2 ** 26, ranges: 50, objects: 200};

const measure = (task: ClientTask): Promise<readonly Figure[]> =>
	new Promise((resolve, reject) => {
		const script = new URL(`./client-process${path.extname(import.meta.url)}`, import.meta.url);
		const child = fork(script, [JSON.stringify(task)]);
		let figures: readonly Figure[] | undefined;
		child.on('message', message => {
			figures = message as readonly Figure[];
		});
		child.on('error', reject);
		child.on('exit', exitCode => {
			if (figures !== undefined) resolve(figures);
			else reject(new RangeError(`the customer's process ended with ${exitCode}`));
		});
	});

export const storageBench: Bench = {
	name: 'storage',
	run: async (): Promise<Figure[]> => {
		const figures: Figure[] = [];
		for (const providers of SIZES) figures.push(...(await measure({providers, ...(isShort ? SHORT : FULL)})));
		return figures;
	},
};
