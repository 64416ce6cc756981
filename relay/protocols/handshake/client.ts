import {err, ok, type Result} from '#kernel/result';
import {type Agreement, agreementOf, type HandshakeFailure, VERSIONS, versionTableOf} from './agreement.ts';
import type {HandshakeMessage, RefuseReason, VersionTable} from './messages.ts';
import {decodeVersionData, type VersionData} from './version-data.ts';

export const proposal = (ours: VersionData): HandshakeMessage => ({
	kind: 'proposeVersions',
	versions: versionTableOf(ours),
});

/** Either an agreement or, when we asked for it, the peer's versions. */
export type Outcome =
	| {readonly kind: 'agreed'; readonly agreement: Agreement}
	| {readonly kind: 'versions'; readonly versions: readonly number[]};

/** What a refusal says. */
export const refusalOf = (reason: RefuseReason): HandshakeFailure => {
	switch (reason.kind) {
		case 'versionMismatch':
			return {code: 'HANDSHAKE_VERSION_MISMATCH', versions: reason.versions};
		case 'decodeError':
			return {code: 'HANDSHAKE_DECODE_REFUSED', version: reason.version};
		case 'refused':
			return {code: 'HANDSHAKE_REFUSED', version: reason.version};
	}
};

const judgeAccept = (
	ours: VersionData,
	version: number,
	data: Uint8Array,
): Result<Outcome, HandshakeFailure> => {
	if (!VERSIONS.includes(version)) return err({code: 'HANDSHAKE_VERSION_NOT_OFFERED', version});
	const theirs = decodeVersionData(data);
	if (!theirs.ok) return err({code: 'HANDSHAKE_DATA_MALFORMED', version});
	const {networkMagic} = theirs.value;
	if (networkMagic !== ours.networkMagic)
		return err({code: 'HANDSHAKE_MAGIC_MISMATCH', ours: ours.networkMagic, theirs: networkMagic});
	return ok({kind: 'agreed', agreement: agreementOf(version, ours, theirs.value)});
};

/**
 * Both ends dialled each other at once and each proposed: the other's proposal is the reply, and both see the same
 * highest version that both tables have (network specification, simultaneous open).
 */
const judgeCrossing = (ours: VersionData, proposed: VersionTable): Result<Outcome, HandshakeFailure> => {
	const common = proposed.findLast(({version}) => VERSIONS.includes(version));
	if (common === undefined)
		return err({code: 'HANDSHAKE_VERSION_MISMATCH', versions: proposed.map(({version}) => version)});
	return judgeAccept(ours, common.version, common.data);
};

/** What the reply to our proposal means. */
export const judgeReply = (ours: VersionData, reply: HandshakeMessage): Result<Outcome, HandshakeFailure> => {
	switch (reply.kind) {
		case 'acceptVersion':
			if (ours.query) return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
			return judgeAccept(ours, reply.version, reply.data);
		case 'refuse':
			return err(refusalOf(reply.reason));
		case 'queryReply':
			if (!ours.query) return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
			return ok({kind: 'versions', versions: reply.versions.map(({version}) => version)});
		case 'proposeVersions':
			if (ours.query) return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
			return judgeCrossing(ours, reply.versions);
	}
};
