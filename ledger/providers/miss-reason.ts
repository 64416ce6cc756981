import type {Codec} from '#kernel/cbor/codec';

/** Why an epoch counts as missed. */
export type MissReason = 'no-commitment' | 'no-proof';

const REASONS: readonly MissReason[] = ['no-commitment', 'no-proof'];

export const missReasonCodec: Codec<MissReason> = {
	write: (writer, reason) => writer.uint(REASONS.indexOf(reason)),
	read: reader => REASONS[reader.uint(REASONS.length - 1)] as MissReason,
};
