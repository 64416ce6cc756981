import {compareBytes, equalBytes} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {checkSeen, findHead} from '../../heads/find-head.ts';
import {headKey} from '../../heads/head.ts';
import type {ActionOf} from '../action.ts';
import {type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

/** The writer, whom the owner has named; nobody when the owner sends. */
const signersOf = (
	{env, draft}: RuleContext,
	{owner, bucket, writer}: ActionOf<'head-set'>,
): Result<readonly Uint8Array[], TxError> => {
	if (writer === null) return ok([]);
	const head = findHead(draft, owner, bucket);
	if (!head.ok) return head;
	const hash = env.crypto.blake2b224(writer);
	return head.value.writers.some(each => equalBytes(each, hash))
		? ok([writer])
		: err({code: 'HEAD_WRITER_UNKNOWN', bucket, writer});
};

const isAscending = (writers: readonly AccountId[]): boolean =>
	writers.every((each, index) => index === 0 || compareBytes(writers[index - 1] as AccountId, each) < 0);

/** What only the owner may do: begin, and say who else may write. */
const checkOwner = (
	context: RuleContext,
	{owner, writer, writers}: ActionOf<'head-set'>,
): Result<void, TxError> => {
	const sender = senderOf(context);
	if (writer === null && !equalBytes(sender, owner)) return err({code: 'HEAD_OWNER_WRONG', owner, sender});
	if (writers === null) return ok(undefined);
	if (writer !== null) return err({code: 'HEAD_WRITERS_NOT_OWNERS', owner});
	return isAscending(writers) ? ok(undefined) : err({code: 'HEAD_WRITERS_UNSORTED'});
};

/** A bucket has a new root, unless somebody else was faster. */
export const headSet: Rule<'head-set'> = {
	signers: signersOf,
	apply: (context, action) => {
		const {draft} = context;
		const {owner, bucket, version, root, writers} = action;
		const allowed = checkOwner(context, action);
		if (!allowed.ok) return allowed;
		const key = headKey(owner, bucket);
		const before = draft.get('heads', key);
		const seen = checkSeen(before, action);
		if (!seen.ok) return seen;
		draft.set('heads', key, {version, root, writers: writers ?? before?.writers ?? []});
		return ok([{kind: 'head-set', owner, bucket, version, root}]);
	},
};
