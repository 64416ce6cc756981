import {type Codec, uint, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {messageCodec, wireList} from '../wire.ts';
import {PEERS_MAX} from './limits.ts';
import type {PeerAddress, PeerSharingMessage} from './messages.ts';

const V4 = 0;
const V6 = 1;

/**
 * `[0, word32, port]` or `[1, word32 x 4, port]`, the words as Haskell's `SockAddr` has them (ouroboros-network, RemoteAddress.Codec): an
 * IPv4 address in the host's order, which is little-endian wherever nodes run (1.2.3.4 is 0x04030201), an IPv6 address in the network's.
 */
const peerAddress: Codec<PeerAddress> = {
	write: (writer, {octets, port}) => {
		const words = octets.length / 4;
		writer.array(2 + words).uint(words === 1 ? V4 : V6);
		const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
		for (let index = 0; index < words; index++) writer.uint(view.getUint32(4 * index, words === 1));
		writer.uint(port);
	},
	read: reader => {
		const at = reader.position;
		const length = reader.array();
		if (length !== 3 && length !== 6) reader.stop('CBOR_WRONG_LENGTH', at);
		const words = length === 3 ? 1 : 4;
		if (reader.uint() !== (words === 1 ? V4 : V6)) reader.stop('CBOR_UNKNOWN_VARIANT', at);
		const octets = new Uint8Array(4 * words);
		const view = new DataView(octets.buffer);
		for (let index = 0; index < words; index++)
			view.setUint32(4 * index, reader.uint(0xff_ff_ff_ff), words === 1);
		return {octets, port: reader.uint(0xff_ff)};
	},
};

export const peerSharingCodec: MessageCodec<PeerSharingMessage> = messageCodec(
	variant({
		shareRequest: [0, {amount: uint(PEERS_MAX)}],
		sharePeers: [1, {peers: wireList(peerAddress, PEERS_MAX)}],
		done: [2, {}],
	}),
);
