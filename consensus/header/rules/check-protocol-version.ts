import {err, type Result} from '#kernel/result';
import type {ConsensusParams} from '../../params.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type ProtocolVersionFailure = {
	readonly code: 'HEADER_PROTOCOL_VERSION_UNKNOWN';
	readonly major: number;
	readonly majorMax: number;
};

/** This node understands the rules that the header was made by; otherwise it must be updated. */
export const checkProtocolVersion = (
	{protocolVersionMax}: Pick<ConsensusParams, 'protocolVersionMax'>,
	{protocolVersion: {major}}: Pick<WireHeader, 'protocolVersion'>,
): Result<undefined, ProtocolVersionFailure> =>
	major <= protocolVersionMax
		? accepted
		: err({code: 'HEADER_PROTOCOL_VERSION_UNKNOWN', major, majorMax: protocolVersionMax});
