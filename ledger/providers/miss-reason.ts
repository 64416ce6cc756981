import type {Codec} from '#kernel/cbor/codec';

/** Why an epoch counts as missed. */
export type MissReason = 'no-commitment' | 'no-proof';

/** Why something was taken from a bond. */
export type PenaltyReason =
	| MissReason
	| 'loss-reported'
	| 'stale-close'
	| 'equivocation'
	| 'omission'
	| 'retrieval-missed';

/** Their places in this list are their numbers in the state: only ever append. */
const REASONS: readonly PenaltyReason[] = [
	'no-commitment',
	'no-proof',
	'loss-reported',
	'stale-close',
	'equivocation',
	'omission',
	'retrieval-missed',
];

export const penaltyReasonCodec: Codec<PenaltyReason> = {
	write: (writer, reason) => writer.uint(REASONS.indexOf(reason)),
	read: reader => REASONS[reader.uint(REASONS.length - 1)] as PenaltyReason,
};
