import {equalBytes} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';
import {type Head, headKey} from './head.ts';

export const findHead = (reader: LedgerReader, owner: AccountId, bucket: Hash32): Result<Head, TxError> => {
	const head = reader.get('heads', headKey(owner, bucket));
	return head === undefined ? err({code: 'HEAD_UNKNOWN', owner, bucket}) : ok(head);
};

/**
 * Compare and swap: the writer has seen the head that there is. The root is compared as well, because a head that was
 * removed and set anew counts from one again.
 */
export const checkSeen = (
	head: Head | undefined,
	{version, seen}: {readonly version: number; readonly seen: Hash32 | null},
): Result<void, TxError> => {
	const current = head?.version ?? 0;
	const root = head?.root ?? null;
	const isSame = root === null || seen === null ? root === seen : equalBytes(root, seen);
	return version === current + 1 && isSame
		? ok(undefined)
		: err({code: 'HEAD_VERSION_STALE', version, current, root});
};
