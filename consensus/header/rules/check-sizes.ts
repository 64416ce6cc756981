import {err, type Result} from '#kernel/result';
import type {ConsensusParams} from '../../params.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type SizeFailure = {
	readonly code: 'HEADER_TOO_LARGE' | 'HEADER_BODY_TOO_LARGE';
	readonly bytes: number;
	readonly bytesMax: number;
};

/** The header fits the limit. */
export const checkHeaderSize = (
	{headerBytesMax}: Pick<ConsensusParams, 'headerBytesMax'>,
	{bytes}: Pick<WireHeader, 'bytes'>,
): Result<undefined, SizeFailure> =>
	bytes.length <= headerBytesMax
		? accepted
		: err({code: 'HEADER_TOO_LARGE', bytes: bytes.length, bytesMax: headerBytesMax});

/** The body that the header announces fits the limit, before anybody fetches it. */
export const checkBodySize = (
	{bodyBytesMax}: Pick<ConsensusParams, 'bodyBytesMax'>,
	{bodySize}: Pick<WireHeader, 'bodySize'>,
): Result<undefined, SizeFailure> =>
	bodySize <= bodyBytesMax
		? accepted
		: err({code: 'HEADER_BODY_TOO_LARGE', bytes: bodySize, bytesMax: bodyBytesMax});
