import {NodeError} from '#kernel/node-error';
import {type After, afterRealTime} from '../session-options.ts';
import {parseAddress} from './addresses.ts';
import type {HostOptions} from './host-options.ts';
import {privateKeyOf} from './peer-identity.ts';
import {type Libp2pNode, startNode} from './start-node.ts';

/** How often peers that others are found through are dialled again. */
const BOOTSTRAP_MS = 10_000;

export type Hold = {
	readonly node: Libp2pNode;
	/** May be called more than once. */
	release(): Promise<void>;
};

/**
 * One machine's part in libp2p, shared by all that it does there. It runs while anybody holds it, so that a command
 * that has its answer can end.
 */
export class Libp2pHost {
	readonly #seed: Uint8Array;
	readonly #options: HostOptions & {readonly after: After};
	#holders = 0;
	#running: Promise<Libp2pNode> | undefined;
	#stopped: Promise<void> = Promise.resolve();
	#callOff: () => void = () => undefined;

	/** `seed`: Ed25519, 32 bytes; its key is the peer id. */
	constructor(seed: Uint8Array, options: HostOptions & {readonly after?: After}) {
		this.#seed = seed;
		this.#options = {after: afterRealTime, ...options};
	}

	async hold(): Promise<Hold> {
		this.#holders++;
		this.#running ??= this.#start();
		const running = this.#running;
		let isHeld = true;
		const release = async (): Promise<void> => {
			if (!isHeld) return;
			isHeld = false;
			this.#holders--;
			if (this.#holders === 0 && this.#running === running) await this.#stop();
		};
		try {
			return {node: await running, release};
		} catch (error) {
			await release();
			throw error;
		}
	}

	/** Stops it, whoever holds it. */
	async close(): Promise<void> {
		await this.#stop();
	}

	async #start(): Promise<Libp2pNode> {
		// The same port and peer id cannot be two nodes'.
		await this.#stopped;
		const node = await startNode(await privateKeyOf(this.#seed), this.#options);
		try {
			await this.listen(node, this.#options.listen);
		} catch (error) {
			await node.stop();
			throw error;
		}
		if (this.#options.bootstrap.length > 0) this.#bootstrap(node);
		return node;
	}

	#stop(): Promise<void> {
		const running = this.#running;
		this.#running = undefined;
		this.#callOff();
		const stop = async (): Promise<void> => {
			const node = await running?.catch(() => undefined);
			await node?.stop();
		};
		this.#stopped = stop();
		return this.#stopped;
	}

	/** Dials those peers again and again: they may start later, and connections end. */
	#bootstrap(node: Libp2pNode): void {
		for (const text of this.#options.bootstrap) {
			const address = parseAddress(text);
			const isKnown = node.getConnections().some(({remoteAddr}) => String(remoteAddr) === String(address));
			// Who does not answer now is asked again below.
			if (address !== undefined && !isKnown) node.dial(address).catch(() => undefined);
		}
		this.#callOff = this.#options.after(BOOTSTRAP_MS, () => this.#bootstrap(node));
	}

	/** Listens on further addresses. Throws TRANSPORT_LISTEN_FAILED. */
	async listen(node: Libp2pNode, addresses: readonly string[]): Promise<void> {
		const {transportManager} = node.services.parts;
		for (const text of addresses)
			try {
				const address = parseAddress(text);
				if (address === undefined) throw new NodeError({code: 'OPTION_MALFORMED', address: text});
				await transportManager.listen([address]);
			} catch (cause) {
				throw new NodeError(
					{
						code: 'TRANSPORT_LISTEN_FAILED',
						message: `Cannot listen on ${text}: is the port in use? Choose another one.`,
						endpoint: text,
					},
					{cause},
				);
			}
	}
}
