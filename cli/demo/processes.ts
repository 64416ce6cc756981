import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {NodeError} from '#kernel/node-error';

/** How long a process may take to say that it is ready, and to stop when asked. */
const READY_MS_MAX = 300_000;
const STOP_MS_MAX = 30_000;

export type Started = {
	readonly name: string;
	readonly pid: number;
	/** Resolves when the process is gone. */
	readonly gone: Promise<void>;
	kill(signal: NodeJS.Signals): void;
};

export type ProcessGroup = {
	/** Starts `dcloud <words>` as a process of its own, its output going to LOGS/name.log. */
	start(name: string, words: readonly string[]): Promise<Started>;
	/** Waits until `file` (written by the process when it is ready) can be read as JSON. */
	ready<T>(started: Started, file: string): Promise<T>;
	readonly count: number;
	/** Stops everything in reverse order: politely, then not. */
	stop(): Promise<void>;
};

const programFile = (): string => fileURLToPath(new URL('../main.js', import.meta.url));

const ended = async (started: Started, ms: number): Promise<boolean> => {
	const abort = new AbortController();
	const late = delay(ms, false, {signal: abort.signal}).catch(() => false);
	const result = await Promise.race([started.gone.then(() => true), late]);
	abort.abort();
	return result;
};

/** What a process wrote when it was ready; a file that is half written or of an earlier run is none yet. */
const readyAnswer = (text: string): {readonly pid?: number} | undefined => {
	try {
		return JSON.parse(text) as {readonly pid?: number};
	} catch {
		return undefined;
	}
};

const logTail = async (file: string): Promise<string> =>
	(await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5).join('\n');

/**
 * The processes of one run. Each child has an IPC channel to this process and stops when it closes, so that
 * nothing is left running even if this process is killed.
 */
export const createProcessGroup = (logFolder: string, signal: AbortSignal): ProcessGroup => {
	const running: Started[] = [];
	const logOf = (name: string): string => path.join(logFolder, `${name}.log`);

	const start = async (name: string, words: readonly string[]): Promise<Started> => {
		signal.throwIfAborted();
		await mkdir(logFolder, {recursive: true});
		const log = openSync(logOf(name), 'a');
		const child: ChildProcess = spawn(process.execPath, ['--enable-source-maps', programFile(), ...words], {
			stdio: ['ignore', log, log, 'ipc'],
			// A group of its own: Ctrl-C reaches only us, and we stop the others in order.
			detached: true,
		});
		closeSync(log);
		const gone = new Promise<void>(resolve => {
			child.once('exit', () => resolve());
			child.once('error', () => resolve());
		});
		const started: Started = {
			name,
			pid: child.pid ?? 0,
			gone,
			kill: kind => void child.kill(kind),
		};
		running.push(started);
		void gone.then(() => {
			const at = running.indexOf(started);
			if (at >= 0) running.splice(at, 1);
		});
		return started;
	};

	const ready = async <T>(started: Started, file: string): Promise<T> => {
		const deadline = performance.now() + READY_MS_MAX;
		while (performance.now() < deadline && running.includes(started)) {
			signal.throwIfAborted();
			const text = await readFile(file, 'utf8').catch(() => '');
			const answer = readyAnswer(text);
			if (answer?.pid === started.pid) return answer as T;
			await delay(40);
		}
		throw new NodeError({
			code: 'PROCESS_NOT_READY',
			message: `${started.name} did not become ready; its log is ${logOf(started.name)}`,
			lastLines: await logTail(logOf(started.name)),
		});
	};

	const stop = async (): Promise<void> => {
		for (const started of [...running].reverse()) started.kill('SIGTERM');
		for (const started of [...running].reverse())
			if (!(await ended(started, STOP_MS_MAX))) {
				started.kill('SIGKILL');
				await started.gone;
			}
	};

	return {
		start,
		ready,
		stop,
		get count() {
			return running.length;
		},
	};
};
