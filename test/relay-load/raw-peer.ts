/** A peer over TCP that says whatever it likes, and may bind to any address of this machine. */
import {connect, type Socket} from 'node:net';
import {channelKey, frame} from '#relay/frame';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {encodeVersionData} from '#relay/protocols/handshake/version-data';
import type {Role} from '#relay/protocols/protocol';

const VERSION = 15;

export type RawPeerOptions = {
	readonly port: number;
	/** Where it comes from. */
	readonly from: string;
	readonly networkMagic: number;
};

export class RawTcpPeer {
	readonly socket: Socket;
	/** Resolves when it is connected, or never will be. */
	readonly connected: Promise<void>;
	/** Resolves when the connection has ended; never rejects. */
	readonly closed: Promise<void>;
	/** Bytes that came. */
	received = 0;
	readonly #options: RawPeerOptions;
	#heard: () => void = () => undefined;

	constructor(options: RawPeerOptions) {
		const {port, from} = options;
		this.#options = options;
		this.socket = connect({port, host: '127.0.0.1', localAddress: from});
		this.socket.setNoDelay(true);
		this.socket.on('error', () => undefined);
		this.socket.on('data', ({length}) => {
			this.received += length;
			this.#heard();
		});
		this.closed = new Promise(resolve => {
			this.socket.once('close', () => {
				this.#heard();
				resolve();
			});
		});
		const open = new Promise<void>(resolve => {
			this.socket.once('connect', () => resolve());
		});
		this.connected = Promise.race([open, this.closed]);
	}

	/** One more connection of the same kind. */
	another(): RawTcpPeer {
		return new RawTcpPeer(this.#options);
	}

	get isOpen(): boolean {
		return !this.socket.destroyed;
	}

	/** Resolves at the next bytes, or when the connection has ended. */
	heard(): Promise<void> {
		return new Promise(resolve => {
			if (!this.isOpen) resolve();
			this.#heard = resolve;
		});
	}

	write(bytes: Uint8Array): void {
		if (this.isOpen) this.socket.write(bytes);
	}

	/** A frame of a protocol as the end in `role` of it sends it. */
	send(protocolId: number, role: Role, payload: Uint8Array): void {
		this.write(frame(0, channelKey(protocolId, role), payload));
	}

	proposal(initiatorOnly: boolean): Uint8Array {
		const data = encodeVersionData({
			networkMagic: this.#options.networkMagic,
			initiatorOnly,
			peerSharing: false,
			query: false,
		});
		return handshakeCodec.encode({kind: 'proposeVersions', versions: [{version: VERSION, data}]});
	}

	/** Proposes, and waits for an answer. */
	async shakeHands(initiatorOnly = false): Promise<void> {
		this.send(0, 'client', this.proposal(initiatorOnly));
		if (this.received === 0) await this.heard();
	}

	hangUp(): void {
		this.socket.destroy();
	}
}
