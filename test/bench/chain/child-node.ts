import type {NodeConfig} from '#node/config';
import {Child} from '../../support/child-process.ts';
import type {FromNode, ToNode} from './node-messages.ts';

/** A node in a process of its own. */
export class ChildNode {
	readonly #child: Child<ToNode, FromNode>;

	/** `within`: a command before that of Node, such as `ip netns exec HOST`. */
	constructor(within: readonly string[] = []) {
		this.#child = new Child(new URL('node-process.js', import.meta.url), within);
	}

	/** Starts the node and gives what a caller measures: from the start of the process to a node that serves. */
	static async start(
		flags: Partial<NodeConfig>,
		within: readonly string[] = [],
	): Promise<{
		readonly node: ChildNode;
		readonly port: number;
		readonly blockNo: number;
		readonly metricsUrl: string | undefined;
		readonly ms: number;
	}> {
		const begun = performance.now();
		const node = new ChildNode(within);
		try {
			const started = await node.ask({kind: 'start', flags}, 'started');
			const {port, blockNo, metricsUrl} = started;
			return {node, port, blockNo, metricsUrl, ms: performance.now() - begun};
		} catch (error) {
			await node.kill();
			throw error;
		}
	}

	get isRunning(): boolean {
		return this.#child.isRunning;
	}

	/** One question at a time. */
	ask<K extends FromNode['kind']>(message: ToNode, expected: K): Promise<Extract<FromNode, {kind: K}>> {
		return this.#child.ask(message, expected);
	}

	async stop(): Promise<void> {
		const ended = this.#child.ended();
		await this.ask({kind: 'stop'}, 'stopped');
		await ended;
	}

	kill(): Promise<void> {
		return this.#child.kill();
	}
}
