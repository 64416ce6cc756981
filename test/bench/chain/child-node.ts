import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {NodeError} from '#kernel/node-error';
import type {NodeConfig} from '#node/config';
import type {FromNode, ToNode} from './node-messages.ts';

type Kind = FromNode['kind'];

/** A node in a process of its own. */
export class ChildNode {
	readonly #process: ChildProcess;

	constructor() {
		this.#process = fork(fileURLToPath(new URL('node-process.js', import.meta.url)), {stdio: 'inherit'});
	}

	/** Starts the node and gives what a caller measures: from the start of the process to a node that serves. */
	static async start(flags: Partial<NodeConfig>): Promise<{
		readonly node: ChildNode;
		readonly port: number;
		readonly blockNo: number;
		readonly ms: number;
	}> {
		const begun = performance.now();
		const node = new ChildNode();
		const started = await node.ask({kind: 'start', flags}, 'started');
		return {node, port: started.port, blockNo: started.blockNo, ms: performance.now() - begun};
	}

	/** One question at a time. */
	async ask<K extends Kind>(message: ToNode, expected: K): Promise<Extract<FromNode, {kind: K}>> {
		const ended = new AbortController();
		const {signal} = ended;
		try {
			const answered = once(this.#process, 'message', {signal});
			const exited = once(this.#process, 'exit', {signal});
			this.#process.send(message);
			const [answer] = (await Promise.race([answered, exited])) as [FromNode | number | null];
			if (typeof answer === 'object' && answer?.kind === expected)
				return answer as Extract<FromNode, {kind: K}>;
			const code = typeof answer === 'object' && answer?.kind === 'failed' ? answer.code : String(answer);
			throw new NodeError({
				code: 'BENCH_NODE_FAILED',
				asked: message.kind,
				message: `${message.kind}: ${code}`,
			});
		} finally {
			ended.abort();
		}
	}

	async stop(): Promise<void> {
		const exited = once(this.#process, 'exit');
		await this.ask({kind: 'stop'}, 'stopped');
		await exited;
	}

	/** As when the power goes. */
	async kill(): Promise<void> {
		if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
		const exited = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await exited;
	}
}
