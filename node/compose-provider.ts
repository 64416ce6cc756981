/** A storage provider: a whole validating node with the provider service inside. */
import path from 'node:path';
import {slotAt} from '#consensus/time';
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {readerOf} from '#ledger/state/state';
import type {Endpoint} from '#transport/protocols/endpoint';
import {createTlsTransport} from '#transport/tls';
import {openFilePieceStore} from './adapters/file-piece-store.ts';
import {createPieceTreeKernel} from './adapters/piece-tree-kernel.ts';
import {type NodeInner, type RunningNode, startNode} from './compose.ts';
import type {NodeConfig} from './config.ts';
import type {Stoppable} from './lifecycle.ts';
import {startProvider} from './services/provider/provider.ts';
import type {ProviderChain} from './services/provider/provider-chain.ts';

export type ProviderConfig = {
	/** Claim id on Cardano: the provider's id. */
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes; secret. */
	readonly operatorSeed: Uint8Array;
	/** Where pieces are served; port 0 takes a free one. */
	readonly listen: Endpoint;
	/** Where others reach it, when that is not where it listens. */
	readonly announced?: Endpoint;
};

/** The chain of the node around, as the provider service wants it. */
const chainOf = ({chain, network, mempool, announcements, clock, log}: NodeInner): ProviderChain => ({
	env: network.env,
	state: () => readerOf(chain.ledger),
	currentSlot: () => {
		const {tip} = chain;
		const now = slotAt(network.slots, clock.now()) ?? Slot(0);
		return tip === 'origin' || tip.slot <= now ? now : tip.slot;
	},
	onChange: (listener, options) => chain.onChange(listener, options),
	submit: wire => Promise.resolve(mempool.submit(wire, 'local')),
	announce: bytes => {
		const refused = announcements.offer(bytes);
		if (refused !== undefined) log.warn('own announcement refused', {code: refused.code});
	},
});

const extension =
	({providerId, operatorSeed, listen, announced}: ProviderConfig) =>
	async (inner: NodeInner): Promise<Stoppable> => {
		const store = await openFilePieceStore(path.join(inner.config.dataDir, 'pieces'));
		try {
			const provider = await startProvider(
				{
					chain: chainOf(inner),
					store,
					transport: createTlsTransport(operatorSeed),
					crypto: inner.crypto,
					trees: await createPieceTreeKernel(),
					log: inner.log.child('provider'),
				},
				{providerId, operatorSeed, listen, ...(announced && {announced})},
			);
			return {
				stop: async () => {
					await provider.stop();
					await store.close();
				},
			};
		} catch (error) {
			await store.close();
			throw error;
		}
	};

/** Starts both; throws what either cannot start with. */
export const startProviderNode = (config: NodeConfig, provider: ProviderConfig): Promise<RunningNode> =>
	startNode(config, {extend: extension(provider)});
