import {err, ok, type Result} from '#kernel/result';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {OBJECT_NAME_BYTES_MAX} from './limits.ts';

export type ObjectNameError =
	| {readonly code: 'OBJECT_NAME_EMPTY'}
	| {readonly code: 'OBJECT_NAME_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'OBJECT_NAME_NOT_UTF8'};

/**
 * A name as it was given: 1 to 1,024 bytes of well-formed UTF-8. It is not normalised, as in S3: two names that look
 * alike may be different objects, and no rule depends on a version of Unicode.
 */
export const checkObjectName = (name: Uint8Array): Result<Uint8Array, ObjectNameError> => {
	if (name.length === 0) return err({code: 'OBJECT_NAME_EMPTY'});
	if (name.length > OBJECT_NAME_BYTES_MAX)
		return err({code: 'OBJECT_NAME_TOO_LONG', length: name.length, lengthMax: OBJECT_NAME_BYTES_MAX});
	return decodeUtf8(name) === undefined ? err({code: 'OBJECT_NAME_NOT_UTF8'}) : ok(name);
};

/** A lone surrogate has no UTF-8. */
export const parseObjectName = (text: string): Result<Uint8Array, ObjectNameError> =>
	// Every character is at least a byte; a text of any length is not encoded to find that it is too long.
	text.length > OBJECT_NAME_BYTES_MAX
		? err({code: 'OBJECT_NAME_TOO_LONG', length: text.length, lengthMax: OBJECT_NAME_BYTES_MAX})
		: checkObjectName(encodeUtf8(text));
