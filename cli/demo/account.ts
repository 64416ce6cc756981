import process from 'node:process';
import {toJson} from '../json.ts';
import {createProgress, type Progress} from './progress.ts';

/** The live account of a run: for people a line a fact, for scripts a JSON object a line. */
export type Account = {
	/** Begins step `number`; later lines belong to it. */
	step(number: number, title: string): void;
	/** One fact. `data` is what a script reads; `event` names it. */
	tell(event: string, text: string, data?: Readonly<Record<string, unknown>>): void;
	/** A bar that fills while something long goes on (on a terminal; else a line at the start and the end). */
	progress(label: string, total: number, unit: string): Progress;
	/** Text that only people read: the final table, how to go on. */
	print(text: string): void;
	/** Milliseconds since the run began. */
	elapsedMs(): number;
};

const clock = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(6)} s`;

const plainAccount = (elapsedMs: () => number, write: (text: string) => void): Account => {
	const line = (text: string): void => write(`${clock(elapsedMs())}  ${text}\n`);
	return {
		step: (number, title) => write(`\n${clock(elapsedMs())}  ${number} ── ${title}\n`),
		tell: (_event, text) => line(`    ${text}`),
		progress: (label, total, unit) =>
			createProgress({
				label,
				total,
				unit,
				line: text => line(`    ${text}`),
				terminal: process.stdout.isTTY === true,
			}),
		print: text => write(`${text}\n`),
		elapsedMs,
	};
};

const jsonAccount = (elapsedMs: () => number, write: (text: string) => void): Account => {
	let step = 0;
	const emit = (event: string, data: Readonly<Record<string, unknown>>): void =>
		write(`${toJson({ms: elapsedMs(), step, event, ...data})}\n`);
	return {
		step: (number, title) => {
			step = number;
			emit('step', {title});
		},
		tell: (event, text, data = {}) => emit(event, {text, ...data}),
		progress: (label, total, unit) => ({
			advance: () => undefined,
			finish: () => emit('progress', {label, total, unit}),
		}),
		print: () => undefined,
		elapsedMs,
	};
};

/** `write` takes what goes to standard output; `nowMs` is a monotonic clock in milliseconds. */
export const createAccount = (options: {
	readonly json: boolean;
	readonly nowMs: () => number;
	readonly write: (text: string) => void;
}): Account => {
	const startMs = options.nowMs();
	const elapsedMs = (): number => Math.round(options.nowMs() - startMs);
	return options.json ? jsonAccount(elapsedMs, options.write) : plainAccount(elapsedMs, options.write);
};
