import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {NodeError} from '#kernel/node-error';

type Kinded = {readonly kind: string};

/** A script of ours in a process of its own, which answers each message with one. `failed` with a code is an answer to any. */
export class Child<To extends Kinded, From extends Kinded> {
	readonly #process: ChildProcess;

	/** `within`: a command before that of Node, such as `ip netns exec HOST`. */
	constructor(script: URL, within: readonly string[] = []) {
		const [command = process.execPath, ...rest] = [
			...within,
			process.execPath,
			...process.execArgv,
			fileURLToPath(script),
		];
		this.#process = spawn(command, rest, {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			// Bytes go as bytes.
			serialization: 'advanced',
		});
	}

	get isRunning(): boolean {
		return this.#process.exitCode === null && this.#process.signalCode === null;
	}

	/** One question at a time. Throws CHILD_FAILED when it answers otherwise, or ends. */
	async ask<K extends From['kind']>(message: To, expected: K): Promise<Extract<From, {kind: K}>> {
		const ended = new AbortController();
		const {signal} = ended;
		try {
			const answered = once(this.#process, 'message', {signal});
			const exited = once(this.#process, 'exit', {signal});
			const either = Promise.race([answered, exited]);
			// Nobody waits for it when there is nobody to send to.
			either.catch(() => undefined);
			this.#process.send(message);
			const [answer] = (await either) as [From | number | null];
			if (typeof answer === 'object' && answer?.kind === expected) return answer as Extract<From, {kind: K}>;
			const code =
				typeof answer === 'object' && answer?.kind === 'failed' && 'code' in answer
					? String(answer.code)
					: String(answer);
			throw new NodeError({code: 'CHILD_FAILED', asked: message.kind, message: `${message.kind}: ${code}`});
		} finally {
			ended.abort();
		}
	}

	/** Resolves when the process has ended by itself. */
	async ended(): Promise<void> {
		if (this.isRunning) await once(this.#process, 'exit');
	}

	/** As when the power goes. */
	async kill(): Promise<void> {
		if (!this.isRunning) return;
		const exited = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await exited;
	}
}
