import {randomBytes} from 'node:crypto';
import type {ExecutionContext} from 'ava';
import {identityOfSeed} from '#transport/identity';
import {type Hold, Libp2pHost} from '#transport/libp2p/host';
import {defaultLibp2pOptions, type Libp2pTransportOptions} from '#transport/libp2p/host-options';
import {createLibp2pTransport} from '#transport/libp2p/libp2p-transport';
import type {Transport} from '#transport/transport';

export const LOOPBACK = {host: '127.0.0.1', port: 0};

/** One machine with libp2p, real sockets and a key of its own. */
export type Machine = {
	readonly seed: Uint8Array;
	readonly key: Uint8Array;
	readonly host: Libp2pHost;
	readonly transport: Transport;
	readonly options: Libp2pTransportOptions;
};

export const machine = (
	t: Pick<ExecutionContext, 'teardown'>,
	overrides: Partial<Libp2pTransportOptions> = {},
	seed: Uint8Array = new Uint8Array(randomBytes(32)),
): Machine => {
	const options = {
		...defaultLibp2pOptions,
		sharedAddresses: ['127.0.0.1'],
		// A busy machine takes its time.
		dialMs: 120_000,
		directMs: 120_000,
		inboundPerSecondMax: 100,
		...overrides,
	};
	const host = new Libp2pHost(seed, options);
	const {key} = identityOfSeed(seed);
	t.teardown(() => host.close());
	return {seed, key, host, transport: createLibp2pTransport(host, key, options), options};
};

/** The machine's own addresses, each with its peer id. */
export const addressesOf = ({node}: Hold): readonly string[] => node.getMultiaddrs().map(String);

/** Looks again after every change of the node, until `holds`. */
export const untilNode = (
	{node}: Hold,
	event: 'self:peer:update' | 'peer:connect' | 'connection:open' | 'peer:identify',
	holds: () => boolean,
): Promise<void> =>
	new Promise(resolve => {
		const look = (): void => {
			if (!holds()) return;
			node.removeEventListener(event, look);
			resolve();
		};
		node.addEventListener(event, look);
		look();
	});
