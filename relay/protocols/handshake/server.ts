import {err, ok, type Result} from '#kernel/result';
import {type Agreement, agreementOf, type HandshakeFailure, VERSIONS, versionTableOf} from './agreement.ts';
import type {HandshakeMessage, VersionTable} from './messages.ts';
import {decodeVersionData, encodeVersionData, type VersionData} from './version-data.ts';

/** What to send, and what came of it. The reply is sent in both cases. */
export type Answer = {
	readonly reply: HandshakeMessage;
	readonly outcome: Result<Agreement, HandshakeFailure>;
};

/** Judges a proposal: the highest version that both ends speak, if its data fits. */
export const answerProposal = (ours: VersionData, proposed: VersionTable): Answer => {
	const offered = proposed.findLast(({version}) => VERSIONS.includes(version));
	if (offered === undefined)
		return {
			reply: {kind: 'refuse', reason: {kind: 'versionMismatch', versions: VERSIONS}},
			outcome: err({
				code: 'HANDSHAKE_VERSION_MISMATCH',
				versions: proposed.map(({version}) => version),
			}),
		};
	const {version} = offered;
	const theirs = decodeVersionData(offered.data);
	if (!theirs.ok)
		return {
			reply: {kind: 'refuse', reason: {kind: 'decodeError', version, text: theirs.error.code}},
			outcome: err({code: 'HANDSHAKE_DATA_MALFORMED', version}),
		};
	const {networkMagic, query} = theirs.value;
	if (networkMagic !== ours.networkMagic)
		return {
			reply: {kind: 'refuse', reason: {kind: 'refused', version, text: 'network magic mismatch'}},
			outcome: err({code: 'HANDSHAKE_MAGIC_MISMATCH', ours: ours.networkMagic, theirs: networkMagic}),
		};
	if (query)
		return {
			reply: {kind: 'queryReply', versions: versionTableOf(ours)},
			outcome: err({code: 'HANDSHAKE_QUERIED'}),
		};
	return {
		reply: {kind: 'acceptVersion', version, data: encodeVersionData(ours)},
		outcome: ok(agreementOf(version, ours, theirs.value)),
	};
};
