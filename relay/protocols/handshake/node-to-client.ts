/**
 * The handshake of a UNIX socket: the messages of node-to-node with other numbers and other data (ouroboros-network,
 * `Cardano.Network.NodeToClient.Version` and `handshake-node-to-client.cddl`).
 */
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {CborWriter} from '#kernel/cbor/writer';
import {err, ok, type Result} from '#kernel/result';
import type {HandshakeFailure} from './agreement.ts';
import {refusalOf} from './client.ts';
import type {HandshakeMessage, VersionTable} from './messages.ts';

/** Bit 15 of a number on the wire keeps the versions of node-to-client apart from those of node-to-node. */
const CLIENT_BIT = 0x80_00;

/** What cardano-cli 10 and later offer: 16 came with Conway, 23 is the newest; what we answer has one form in all of them. */
export const LOCAL_VERSIONS: readonly number[] = [16, 17, 18, 19, 20, 21, 22, 23];

/** `[magic, query]`; `query` asks for the versions only. */
export type LocalVersionData = {readonly networkMagic: number; readonly query: boolean};

const encodeLocalVersionData = ({networkMagic, query}: LocalVersionData): Uint8Array =>
	new CborWriter().array(2).uint(networkMagic).bool(query).finish();

const decodeLocalVersionData = (bytes: Uint8Array): Result<LocalVersionData, CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			reader.arrayOf(2);
			return {networkMagic: reader.uint(0xff_ff_ff_ff), query: reader.bool()};
		},
		{canonical: false},
	);

const isOurs = (number: number): boolean =>
	(number & CLIENT_BIT) !== 0 && LOCAL_VERSIONS.includes(number & ~CLIENT_BIT);

export const localVersionTable = (data: LocalVersionData): VersionTable =>
	LOCAL_VERSIONS.map(version => ({version: version | CLIENT_BIT, data: encodeLocalVersionData(data)}));

/** What a tool says first on a node's socket. */
export const localProposal = (networkMagic: number): HandshakeMessage => ({
	kind: 'proposeVersions',
	versions: localVersionTable({networkMagic, query: false}),
});

/** What the node's reply to it means: the version. */
export const judgeLocalReply = (
	networkMagic: number,
	reply: HandshakeMessage,
): Result<number, HandshakeFailure> => {
	if (reply.kind === 'refuse') return err(refusalOf(reply.reason));
	if (reply.kind !== 'acceptVersion') return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
	const {version, data} = reply;
	if (!isOurs(version)) return err({code: 'HANDSHAKE_VERSION_NOT_OFFERED', version});
	const theirs = decodeLocalVersionData(data);
	if (!theirs.ok) return err({code: 'HANDSHAKE_DATA_MALFORMED', version});
	if (theirs.value.networkMagic !== networkMagic)
		return err({code: 'HANDSHAKE_MAGIC_MISMATCH', ours: networkMagic, theirs: theirs.value.networkMagic});
	return ok(version & ~CLIENT_BIT);
};

/** The reply to a proposal, which is sent in both cases, and the version that was agreed on. */
export type LocalAnswer = {
	readonly reply: HandshakeMessage;
	readonly outcome: Result<number, HandshakeFailure>;
};

/** The highest version that both ends speak, if the client means our network. */
export const answerLocalProposal = (networkMagic: number, proposed: VersionTable): LocalAnswer => {
	const offered = proposed.findLast(({version}) => isOurs(version));
	if (offered === undefined)
		return {
			reply: {
				kind: 'refuse',
				reason: {
					kind: 'versionMismatch',
					versions: LOCAL_VERSIONS.map(version => version | CLIENT_BIT),
				},
			},
			outcome: err({
				code: 'HANDSHAKE_VERSION_MISMATCH',
				versions: proposed.map(({version}) => version),
			}),
		};
	const {version} = offered;
	const theirs = decodeLocalVersionData(offered.data);
	if (!theirs.ok)
		return {
			reply: {kind: 'refuse', reason: {kind: 'decodeError', version, text: theirs.error.code}},
			outcome: err({code: 'HANDSHAKE_DATA_MALFORMED', version}),
		};
	if (theirs.value.networkMagic !== networkMagic)
		return {
			reply: {kind: 'refuse', reason: {kind: 'refused', version, text: 'network magic mismatch'}},
			outcome: err({
				code: 'HANDSHAKE_MAGIC_MISMATCH',
				ours: networkMagic,
				theirs: theirs.value.networkMagic,
			}),
		};
	if (theirs.value.query)
		return {
			reply: {kind: 'queryReply', versions: localVersionTable({networkMagic, query: true})},
			outcome: err({code: 'HANDSHAKE_QUERIED'}),
		};
	return {
		reply: {kind: 'acceptVersion', version, data: encodeLocalVersionData({networkMagic, query: false})},
		outcome: ok(version & ~CLIENT_BIT),
	};
};
