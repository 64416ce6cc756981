import type {VersionTable} from './messages.ts';
import {encodeVersionData, type VersionData} from './version-data.ts';

/** The versions of node-to-node that we speak. Their data has one form. */
export const VERSIONS: readonly number[] = [14, 15];

/** What two ends agreed on. */
export type Agreement = {
	readonly version: number;
	/** Both ends may open mini-protocols on this connection. */
	readonly duplex: boolean;
	/** Both ends share peers. */
	readonly peerSharing: boolean;
};

export type HandshakeFailure =
	| {readonly code: 'HANDSHAKE_VERSION_MISMATCH'; readonly versions: readonly number[]}
	| {readonly code: 'HANDSHAKE_MAGIC_MISMATCH'; readonly ours: number; readonly theirs: number}
	/** The peer could not read our version data. */
	| {readonly code: 'HANDSHAKE_DECODE_REFUSED'; readonly version: number}
	/** The peer has its reasons, most often another network magic. */
	| {readonly code: 'HANDSHAKE_REFUSED'; readonly version: number}
	| {readonly code: 'HANDSHAKE_DATA_MALFORMED'; readonly version: number}
	/** The peer accepted a version that was not offered. */
	| {readonly code: 'HANDSHAKE_VERSION_NOT_OFFERED'; readonly version: number}
	/** The peer only asked for our versions; there is no connection. */
	| {readonly code: 'HANDSHAKE_QUERIED'}
	/** We asked for versions and were answered as if we wanted a connection, or the other way round. */
	| {readonly code: 'HANDSHAKE_REPLY_MISMATCH'};

export const versionTableOf = (data: VersionData): VersionTable =>
	VERSIONS.map(version => ({version, data: encodeVersionData(data)}));

export const agreementOf = (version: number, ours: VersionData, theirs: VersionData): Agreement => ({
	version,
	duplex: !ours.initiatorOnly && !theirs.initiatorOnly,
	peerSharing: ours.peerSharing && theirs.peerSharing,
});
