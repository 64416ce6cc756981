import type {NodeError} from '#kernel/node-error';
import type {Bearer} from '#relay/bearer/bearer';
import {memoryBearers} from '#relay/bearer/memory';
import {type Connection, type ConnectionOptions, openConnection} from '#relay/connection';
import {channelKey, frame} from '#relay/frame';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {encodeVersionData} from '#relay/protocols/handshake/version-data';
import type {Role} from '#relay/protocols/protocol';
import {settle, VirtualTimer} from './virtual-timer.ts';

export const NETWORK = 42;

/** A peer made by hand: it says what the test wants, in whatever order, well-formed or not. */
export class RawPeer {
	readonly bearer: Bearer;
	closed = false as boolean;
	#received: Uint8Array[] = [];

	constructor(bearer: Bearer) {
		this.bearer = bearer;
		bearer.start({
			received: bytes => void this.#received.push(bytes),
			drained: () => undefined,
			closed: () => {
				this.closed = true;
			},
		});
	}

	/** A frame of a protocol as the end in `role` of it sends it. */
	send(protocolId: number, role: Role, payload: Uint8Array): void {
		this.bearer.write(frame(0, channelKey(protocolId, role), payload));
	}

	/** All payloads that came for the end in `role` of a protocol, joined; what came before is forgotten. */
	take(protocolId: number, role: Role): Uint8Array {
		const bytes = Buffer.concat(this.#received);
		const parts: Uint8Array[] = [];
		for (let at = 0; at + 8 <= bytes.length; ) {
			const key = bytes.readUInt16BE(at + 4) ^ 0x80_00;
			const length = bytes.readUInt16BE(at + 6);
			if (key === channelKey(protocolId, role)) parts.push(bytes.subarray(at + 8, at + 8 + length));
			at += 8 + length;
		}
		this.#received = [];
		return new Uint8Array(Buffer.concat(parts));
	}

	propose(initiatorOnly = false): void {
		const data = encodeVersionData({networkMagic: NETWORK, initiatorOnly, peerSharing: true, query: false});
		this.send(0, 'client', handshakeCodec.encode({kind: 'proposeVersions', versions: [{version: 14, data}]}));
	}

	accept(initiatorOnly = false): void {
		const data = encodeVersionData({networkMagic: NETWORK, initiatorOnly, peerSharing: true, query: false});
		this.send(0, 'server', handshakeCodec.encode({kind: 'acceptVersion', version: 14, data}));
	}
}

export type Meeting = {
	readonly timer: VirtualTimer;
	readonly peer: RawPeer;
	readonly connection: Connection;
};

const {signal} = new AbortController();

/** A connection of ours with a peer made by hand, after the handshake. The peer dialled, unless `outbound`. */
export const meet = async (
	options: Partial<ConnectionOptions> & {readonly peerInitiatorOnly?: boolean} = {},
): Promise<Meeting> => {
	const timer = new VirtualTimer();
	const [ours, theirs] = memoryBearers();
	const opening = openConnection(
		{
			bearer: ours,
			direction: 'inbound',
			networkMagic: NETWORK,
			handlers: () => ({}),
			environment: timer.environment(),
			...options,
		},
		{signal},
	);
	const peer = new RawPeer(theirs);
	if (options.direction === 'outbound') peer.accept(options.peerInitiatorOnly);
	else peer.propose(options.peerInitiatorOnly);
	const connection = await opening;
	await settle();
	return {timer, peer, connection};
};

/** Two connections of ours with each other. */
export const connectPair = async (
	left: Partial<ConnectionOptions>,
	right: Partial<ConnectionOptions>,
): Promise<{readonly left: Connection; readonly right: Connection; readonly timer: VirtualTimer}> => {
	const timer = new VirtualTimer();
	const [a, b] = memoryBearers();
	const common = {networkMagic: NETWORK, handlers: () => ({}), environment: timer.environment()};
	const [one, other] = await Promise.all([
		openConnection({...common, bearer: a, direction: 'outbound', ...left}, {signal}),
		openConnection({...common, bearer: b, direction: 'inbound', ...right}, {signal}),
	]);
	return {left: one, right: other, timer};
};

/** Why a connection ended, as the data that a log would have. */
export const reasonOf = async (connection: Connection): Promise<NodeError['detail']> => {
	const {message: _, ...detail} = (await connection.closed).detail;
	return detail;
};
