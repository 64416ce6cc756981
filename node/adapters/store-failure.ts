import {AssertionError} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';

const codeOf = (error: unknown): string => (error as {readonly code?: string} | undefined)?.code ?? '';

const wordsOf = (error: unknown): string => {
	let text = '';
	for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
		text += ` ${codeOf(at)} ${at.message}`;
	return text;
};

/**
 * What a failure of the disk or of LevelDB is called here. LevelDB's messages are the only place where the errno shows.
 * Bugs, and what is named already, stay what they are.
 */
export const storeFailure = (cause: unknown, folder: string): Error => {
	if (cause instanceof NodeError || cause instanceof AssertionError) return cause;
	const text = wordsOf(cause);
	const failure = (code: string, message: string): NodeError =>
		new NodeError({code, folder, message}, {cause});
	if (/ENOSPC|EDQUOT|No space left|Disk quota/i.test(text))
		return failure(
			'STORE_DISK_FULL',
			`No space left for ${folder}: free some and start again; nothing is lost.`,
		);
	if (/LEVEL_LOCKED|IO error: lock /.test(text))
		return failure(
			'DATA_FOLDER_IN_USE',
			`Another process uses ${folder}: stop it, or choose another folder.`,
		);
	if (/LEVEL_CORRUPTION|Corruption/i.test(text))
		return failure(
			'STORE_CORRUPT',
			`The database in ${folder} is damaged: move it away and synchronise again.`,
		);
	return failure('STORE_FAILED', `The database in ${folder} failed:${text}`);
};
