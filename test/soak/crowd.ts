/** The providers of a devnet while they are killed and started again. */
import {rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {check, type NetworkStage} from '#cli/demo/stage';
import {until} from '#cli/demo/until';
import type {Member} from '#cli/devnet/start-nodes';
import {parseEndpoint} from '#transport/protocols/endpoint';

const REACHABLE_MS_MAX = 300_000;

export type Crowd = {
	readonly size: number;
	/** Numbers of those that run. */
	running(): readonly number[];
	/** The number of the provider with that id, in hexadecimal. */
	numberOf(providerId: string): number;
	nameOf(index: number): string;
	/** SIGKILL; resolves when the process is gone. */
	kill(index: number): Promise<void>;
	/** It stands still for a while, with its connections open. */
	stall(index: number, work: () => Promise<void>): Promise<void>;
	/** Starts it again, with what is on its disk or with nothing, and waits until others know where it is. */
	start(index: number, options?: {readonly empty?: boolean}): Promise<void>;
};

/** Whether somebody listens there. */
const answers = (endpoint: string): Promise<boolean> =>
	new Promise(resolve => {
		const {host, port} = parseEndpoint(endpoint) ?? {host: 'localhost', port: 0};
		const socket = connect(port, host);
		const end = (isThere: boolean): void => {
			socket.destroy();
			resolve(isThere);
		};
		socket.once('connect', () => end(true));
		socket.once('error', () => end(false));
	});

export const createCrowd = (stage: NetworkStage): Crowd => {
	const {people, relay, relays, claims, starter, layout, providers, signal} = stage;
	const down = new Set<number>();
	const endpointBefore = new Map<number, string | null>();
	const memberOf = (index: number): Member => {
		const member = providers[index];
		check(member !== undefined, `there is a provider ${index}`);
		return member;
	};
	const claimOf = (index: number): string => claims[index] ?? '';
	const endpointOf = async (index: number): Promise<string | null> =>
		(await relay.client.provider(claimOf(index)))?.endpoint ?? null;
	return {
		size: providers.length,
		running: () => [...providers.keys()].filter(index => !down.has(index)),
		numberOf: providerId => claims.indexOf(providerId),
		nameOf: index => memberOf(index).name,
		kill: async index => {
			const {started} = memberOf(index);
			down.add(index);
			endpointBefore.set(index, await endpointOf(index));
			started.kill('SIGKILL');
			await started.gone;
		},
		stall: async (index, work) => {
			const {started} = memberOf(index);
			down.add(index);
			started.kill('SIGSTOP');
			try {
				await work();
			} finally {
				started.kill('SIGCONT');
				down.delete(index);
			}
		},
		start: async (index, {empty = false} = {}) => {
			const person = people.providers[index];
			check(person !== undefined && down.has(index), `provider ${index} is down`);
			if (empty) await rm(layout.node(person.name), {recursive: true, force: true});
			const gate = relays[index % relays.length] ?? relay;
			providers[index] = await starter.provider(person, gate, claimOf(index));
			await until(`${person.name} is announced again`, REACHABLE_MS_MAX, signal, async () => {
				const endpoint = await endpointOf(index);
				if (endpoint === null) return false;
				// Once in some thousand times it gets the port that it had.
				return endpoint !== endpointBefore.get(index) || (await answers(endpoint));
			});
			down.delete(index);
		},
	};
};
