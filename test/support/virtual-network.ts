import {NodeError} from '#kernel/node-error';
import type {Network} from '#node/services/sync/network';
import {type Address, addressText} from '#relay/bearer/bearer';
import {memoryBearers} from '#relay/bearer/memory';
import {type Connection, openConnection} from '#relay/connection';
import type {ListenerOptions} from '#relay/listener';
import type {Environment} from '#relay/timer';
import type {VirtualClock} from './virtual-clock.ts';

/** The timers of connections on a virtual clock. */
export const virtualEnvironment = (clock: VirtualClock): Environment => ({
	timer: {
		nowMs: () => clock.now(),
		after: (delayMs, call) => {
			const stop = new AbortController();
			clock.waitUntil(clock.now() + delayMs, {signal: stop.signal}).then(call, () => undefined);
			return () => stop.abort();
		},
	},
	random: () => 0.5,
});

export type VirtualNetwork = Network & {
	/** Ends every connection of an address and refuses new ones; `join` lets it in again. */
	cutOff(address: Address): void;
	join(address: Address): void;
};

/** Nodes that reach each other by address within this process. */
export const createVirtualNetwork = (clock: VirtualClock): VirtualNetwork => {
	const listeners = new Map<string, ListenerOptions>();
	const connections = new Set<{readonly ends: readonly string[]; readonly connection: Connection}>();
	const off = new Set<string>();
	const environment = virtualEnvironment(clock);
	let dials = 0;

	const keep = (ends: readonly string[], connection: Connection): void => {
		const kept = {ends, connection};
		connections.add(kept);
		connection.signal.addEventListener('abort', () => connections.delete(kept), {once: true});
	};
	return {
		listen: async options => {
			const key = addressText(options.address);
			listeners.set(key, options);
			return {
				address: options.address,
				inboundCount: () => 0,
				close: async () => {
					listeners.delete(key);
				},
			};
		},
		dial: async (address, options, {signal}) => {
			const key = addressText(address);
			const listener = listeners.get(key);
			const from = `127.0.0.1:${options.listeningPort ?? 0}`;
			if (listener === undefined || off.has(key) || off.has(from))
				throw new NodeError({code: 'RELAY_DIAL_FAILED', address: key});
			const [near, far] = memoryBearers({host: '127.0.0.1', port: 50_000 + dials++}, address);
			const inbound = openConnection(
				{...listener, bearer: far, direction: 'inbound', environment},
				{signal: new AbortController().signal},
			).then(
				connection => {
					keep([from, key], connection);
					listener.connected(connection);
				},
				() => undefined,
			);
			const connection = await openConnection(
				{...options, bearer: near, direction: 'outbound', environment},
				{signal},
			);
			await inbound;
			keep([from, key], connection);
			return connection;
		},
		cutOff: address => {
			off.add(addressText(address));
			for (const {ends, connection} of [...connections])
				if (ends.includes(addressText(address))) connection.close();
		},
		join: address => {
			off.delete(addressText(address));
		},
	};
};
