import {type Codec, list, text, uint, variant} from '#kernel/cbor/codec';
import {INDEFINITE} from '#kernel/cbor/reader';
import type {MessageCodec} from '../protocol.ts';
import {messageCodec, rawItem} from '../wire.ts';
import type {HandshakeMessage, OfferedVersion, VersionTable} from './messages.ts';

const VERSIONS_MAX = 64;
const TEXT_BYTES_MAX = 4_096;
const version: Codec<number> = uint(0xff_ff);

/** A definite map in ascending order of version, as the Haskell node demands. */
const versionTable: Codec<VersionTable> = {
	write: (writer, versions) => {
		writer.map(versions.length);
		for (const offered of versions) writer.uint(offered.version).raw(offered.data);
	},
	read: reader => {
		const start = reader.position;
		const length = reader.map(VERSIONS_MAX);
		if (length === INDEFINITE) reader.stop('CBOR_WRONG_LENGTH', start);
		const versions: OfferedVersion[] = [];
		while (versions.length < length) {
			const at = reader.position;
			const number = version.read(reader);
			const last = versions.at(-1)?.version ?? -1;
			if (number <= last) reader.stop(number === last ? 'CBOR_DUPLICATE_KEY' : 'CBOR_NOT_CANONICAL', at);
			versions.push({version: number, data: reader.skip()});
		}
		return versions;
	},
};

const refuseReason = variant({
	versionMismatch: [0, {versions: list(version, VERSIONS_MAX)}],
	decodeError: [1, {version, text: text(TEXT_BYTES_MAX)}],
	refused: [2, {version, text: text(TEXT_BYTES_MAX)}],
});

export const handshakeCodec: MessageCodec<HandshakeMessage> = messageCodec(
	variant({
		proposeVersions: [0, {versions: versionTable}],
		acceptVersion: [1, {version, data: rawItem}],
		refuse: [2, {reason: refuseReason}],
		queryReply: [3, {versions: versionTable}],
	}),
);
