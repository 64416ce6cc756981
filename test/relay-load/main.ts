/**
 * `npm run relay-load`: the relay under load, for long: decoders under millions of damaged inputs, gigabytes in both
 * directions of one connection between two processes. Exits 1 when something does not hold.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {explainFailure} from '#cli/failure';
import {NodeError} from '#kernel/node-error';
import {commit} from '../support/commit.ts';
import {fuzz} from './fuzz.ts';
import {hostile} from './hostile.ts';
import {hosts} from './hosts.ts';
import {type LoadOptions, loadOptions} from './options.ts';
import type {Part, PartReport} from './part.ts';
import {streams} from './streams.ts';

const parts: readonly Part[] = [fuzz, streams, hosts, hostile];

const secondsSince = (startMs: number): number => Number(((performance.now() - startMs) / 1000).toFixed(1));

const record = (
	out: string,
	{seed, minutes, short}: LoadOptions,
	result: {readonly seconds: number; readonly parts: Readonly<Record<string, PartReport>>},
): void => {
	const machine = {node: process.version, cores: cpus().length, processor: cpus()[0]?.model};
	const made = {
		commit: commit(),
		date: new Date().toISOString(),
		seed,
		minutes,
		short,
		...machine,
		...result,
	};
	mkdirSync(path.dirname(out), {recursive: true});
	writeFileSync(out, `${JSON.stringify(made, null, '\t')}\n`);
};

const play = async (options: LoadOptions, signal: AbortSignal): Promise<void> => {
	const {only, out, json} = options;
	const startMs = performance.now();
	const tell = (text: string): void => {
		if (!json) process.stdout.write(`  ${text}\n`);
	};
	const reports: Record<string, PartReport> = {};
	for (const {name, run} of parts) {
		if (only !== undefined && only !== name) continue;
		if (!json) process.stdout.write(`${name}\n`);
		const partMs = performance.now();
		const report = await run({options, tell, signal});
		reports[name] = {seconds: secondsSince(partMs), ...report};
		process.stdout.write(
			`${json ? JSON.stringify({name, ...reports[name]}) : `  passed in ${secondsSince(partMs)} s`}\n`,
		);
	}
	if (out !== undefined) record(out, options, {seconds: secondsSince(startMs), parts: reports});
	if (!json) process.stdout.write(`relay-load passed${out === undefined ? '' : `; written to ${out}`}\n`);
};

const options = loadOptions(parts.map(({name}) => name));
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
	process.once(name, () =>
		stopping.abort(new NodeError({code: 'RELAY_LOAD_STOPPED', message: `Ended by ${name}.`})),
	);
if (options.list) process.stdout.write(`${parts.map(({name}) => name).join('\n')}\n`);
else
	try {
		await play(options, stopping.signal);
	} catch (error) {
		process.stderr.write(`${explainFailure(error, options.json)}\n`);
		process.exitCode = 1;
	}
