/** One end of a connection that carries much in both directions, in a process of its own. */
import {createCipheriv, createHash} from 'node:crypto';
import process from 'node:process';
import {assert, defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {Connection} from '#relay/connection';
import {dial} from '#relay/dial';
import type {BlockSource} from '#relay/handlers';
import {listen} from '#relay/listener';
import {sampledThirds} from './memory.ts';
import type {FromStream, StreamEnd, ToStream} from './stream-messages.ts';

const MAGIC = 1;
const BLOCK_BYTES = 90_112;
/** Lengths differ, so that a block that is put in another's place shows. */
const LENGTHS = 1_000;
const SAMPLE_MS = 200;
const {signal} = new AbortController();
const everything = {
	from: {slot: Slot(1), hash: new Uint8Array(32).fill(1) as HeaderHash},
	to: {slot: Slot(2), hash: new Uint8Array(32).fill(2) as HeaderHash},
};

const tell = (message: FromStream): void => {
	process.send?.(message);
};

class Sum {
	readonly #hash = createHash('sha256');
	#blocks = 0;
	#bytes = 0;

	add(block: Uint8Array): void {
		this.#hash.update(block);
		this.#blocks++;
		this.#bytes += block.length;
	}

	end(): StreamEnd {
		return {blocks: this.#blocks, bytes: this.#bytes, digest: this.#hash.digest('hex')};
	}
}

/** At least so many bytes that follow from the salt, in blocks; what was served is added up. */
const sourceOf = (salt: string, bytes: number, sent: Sum): BlockSource => ({
	range: async () =>
		(async function* () {
			const key = createHash('sha256').update(salt).digest().subarray(0, 16);
			const cipher = createCipheriv('aes-128-ctr', key, new Uint8Array(16));
			const zeros = new Uint8Array(BLOCK_BYTES + LENGTHS);
			for (let index = 0, left = bytes; left > 0; index++) {
				const block = new Uint8Array(cipher.update(zeros.subarray(0, BLOCK_BYTES + (index % LENGTHS))));
				left -= block.length;
				sent.add(block);
				yield block;
			}
		})(),
});

const sent = new Sum();
let connection: Connection | undefined;
let close: () => Promise<void> = async () => undefined;

const fetchAll = async (): Promise<void> => {
	const {client} = defined(connection, 'there is a connection');
	const memory = sampledThirds(SAMPLE_MS);
	const startMs = performance.now();
	const received = new Sum();
	await defined(client, 'the connection is duplex').blockFetch.fetchRange(
		everything,
		block => received.add(block),
		{signal},
	);
	const seconds = (performance.now() - startMs) / 1000;
	tell({kind: 'fetched', received: received.end(), peaks: memory.stop(), seconds});
};

const answer = async (message: ToStream): Promise<void> => {
	switch (message.kind) {
		case 'listen': {
			const handlers = () => ({blocks: sourceOf(message.salt, message.bytes, sent)});
			const listener = await listen({
				address: {host: '127.0.0.1', port: 0},
				networkMagic: MAGIC,
				handlers,
				connected: arrived => {
					connection = arrived;
				},
			});
			close = listener.close;
			return tell({kind: 'listening', port: listener.address.port});
		}
		case 'dial': {
			const handlers = () => ({blocks: sourceOf(message.salt, message.bytes, sent)});
			const address = {host: '127.0.0.1', port: message.port};
			connection = await dial(address, {networkMagic: MAGIC, handlers}, {signal});
			assert(connection.peer.duplex, 'both ends ask on one connection');
			return tell({kind: 'connected'});
		}
		case 'fetch':
			return fetchAll();
		case 'stop':
			tell({kind: 'stopped', sent: sent.end()});
			connection?.close();
			await close();
			process.disconnect();
	}
};

process.on('message', (message: ToStream) => {
	answer(message).catch((error: unknown) => {
		tell({kind: 'failed', code: error instanceof NodeError ? error.code : String(error)});
	});
});

// Whoever drives this process is gone.
process.once('disconnect', () => process.exit());
