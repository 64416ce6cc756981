import {err, ok, type Result} from '#kernel/result';

export type AnnouncementsFailure = {readonly code: 'ANNOUNCEMENTS_CURSOR_WRONG'};

/** The cursor moves exactly when something came: otherwise a server could keep its client spinning. */
export const judgeReply = (
	asked: bigint,
	reply: {readonly cursor: bigint; readonly items: readonly Uint8Array[]},
): Result<bigint, AnnouncementsFailure> => {
	const fits = reply.items.length === 0 ? reply.cursor === asked : reply.cursor > asked;
	return fits ? ok(reply.cursor) : err({code: 'ANNOUNCEMENTS_CURSOR_WRONG'});
};
