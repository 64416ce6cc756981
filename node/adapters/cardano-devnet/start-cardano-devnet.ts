import {once} from 'node:events';
import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Hasher} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {Devnet} from './devnet.ts';
import {DevnetLog} from './devnet-log.ts';
import {createDevnetServer} from './http-server.ts';

export type CardanoDevnetOptions = {
	readonly hasher: Hasher;
	/** Where its log is kept; made when missing. */
	readonly dataDir: string;
	/** On 127.0.0.1; 0 for any free one. */
	readonly port: number;
	/** Bech32 addresses and what they own at the start; ignored when the log exists. */
	readonly funds: readonly {readonly address: string; readonly lovelace: bigint}[];
	/** Default 1000; ignored when the log exists. */
	readonly slotLengthMs?: number;
	/** When slot 0 began, by default now; ignored when the log exists. */
	readonly zeroTimeMs?: number;
	/** Slots pass only by POST /devnet/advance: for tests. Default false. */
	readonly manualSlots?: boolean;
	/** With manual slots: a block is made for each transaction as soon as it is taken. Default false. */
	readonly instantBlocks?: boolean;
};

export type CardanoDevnet = {
	readonly url: string;
	readonly port: number;
	readonly networkMagic: number;
	readonly zeroTimeMs: number;
	readonly slotLengthMs: number;
	/** The log is complete and its folder free when this resolves. */
	stop(): Promise<void>;
};

/** The magic of cardano-testnet's networks. */
export const DEVNET_MAGIC = 42;

const listen = async (server: Server, port: number): Promise<number> => {
	server.listen(port, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch (cause) {
		const code =
			(cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
				? 'CARDANO_DEVNET_PORT_IN_USE'
				: 'CARDANO_DEVNET_PORT_REFUSED';
		throw new NodeError(
			{code, message: `The Cardano devnet cannot listen on port ${port}: choose another.`, port},
			{cause},
		);
	}
	return (server.address() as AddressInfo).port;
};

/** A Cardano network of one process, served in the forms of Kupo and Ogmios on one loopback port. */
export const startCardanoDevnet = async (options: CardanoDevnetOptions): Promise<CardanoDevnet> => {
	const log = new DevnetLog(options.dataDir, () => ({
		// Ogmios and SDKs tell the start of a network in whole seconds.
		zeroTimeMs: options.zeroTimeMs ?? Math.floor(Date.now() / 1000) * 1000,
		slotLengthMs: options.slotLengthMs ?? 1000,
		networkMagic: DEVNET_MAGIC,
		funds: options.funds.map(({address, lovelace}) => ({address, lovelace: lovelace.toString()})),
	}));
	try {
		const devnet = new Devnet(options.hasher, log);
		const {zeroTimeMs, slotLengthMs} = devnet.time;
		const manual = options.manualSlots ?? false;
		const tick = (): void => {
			if (!manual) devnet.advanceTo(Math.floor((Date.now() - zeroTimeMs) / slotLengthMs));
		};
		tick();
		const server = createDevnetServer({
			devnet,
			tick,
			manual,
			instant: manual && (options.instantBlocks ?? false),
		});
		const port = await listen(server, options.port);
		const timer = manual ? undefined : setInterval(tick, slotLengthMs);
		const stop = async (): Promise<void> => {
			clearInterval(timer);
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
			devnet.close();
		};
		return {
			url: `http://127.0.0.1:${port}`,
			port,
			networkMagic: devnet.genesis.networkMagic,
			zeroTimeMs,
			slotLengthMs,
			stop,
		};
	} catch (error) {
		log.close();
		throw error;
	}
};
