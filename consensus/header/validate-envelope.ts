import type {Tip} from '#kernel/point';
import type {Result} from '#kernel/result';
import type {ConsensusParams} from '../params.ts';
import type {Header} from './header.ts';
import type {EnvelopeError} from './header-error.ts';
import {accepted} from './rules/accepted.ts';
import {checkBlockNumber} from './rules/check-block-number.ts';
import {type Checkpoints, checkCheckpoint} from './rules/check-checkpoint.ts';
import {checkPreviousHash} from './rules/check-previous-hash.ts';
import {checkProtocolVersion} from './rules/check-protocol-version.ts';
import {checkBodySize, checkHeaderSize} from './rules/check-sizes.ts';
import {checkSlot} from './rules/check-slot.ts';

export type EnvelopeContext = {
	readonly params: Pick<ConsensusParams, 'protocolVersionMax' | 'headerBytesMax' | 'bodyBytesMax'>;
	readonly parent: Tip;
	readonly checkpoints?: Checkpoints;
};

export type EnvelopeHeader = Pick<
	Header,
	'blockNo' | 'slot' | 'prevHash' | 'hash' | 'protocolVersion' | 'bytes' | 'bodySize'
>;

/** Trust level 1: the header continues `parent` and keeps the limits. No cryptography but the hash. */
export const validateEnvelope = (
	{params, parent, checkpoints}: EnvelopeContext,
	header: EnvelopeHeader,
): Result<undefined, EnvelopeError> => {
	const checks: readonly (() => Result<undefined, EnvelopeError>)[] = [
		() => checkBlockNumber(parent, header),
		() => checkSlot(parent, header),
		() => checkPreviousHash(parent, header),
		() => (checkpoints ? checkCheckpoint(checkpoints, header) : accepted),
		() => checkProtocolVersion(params, header),
		() => checkHeaderSize(params, header),
		() => checkBodySize(params, header),
	];
	for (const check of checks) {
		const outcome = check();
		if (!outcome.ok) return outcome;
	}
	return accepted;
};
