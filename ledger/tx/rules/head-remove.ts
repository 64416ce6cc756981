import {err, ok} from '#kernel/result';
import {findHead} from '../../heads/find-head.ts';
import {headKey} from '../../heads/head.ts';
import {nobodyElse, type Rule, senderOf} from '../rule.ts';

/** The owner gives up a bucket as it last saw it. */
export const headRemove: Rule<'head-remove'> = {
	signers: nobodyElse,
	apply: (context, {bucket, version}) => {
		const {draft} = context;
		const owner = senderOf(context);
		const found = findHead(draft, owner, bucket);
		if (!found.ok) return found;
		const {version: current, root} = found.value;
		if (version !== current) return err({code: 'HEAD_VERSION_STALE', version, current, root});
		draft.delete('heads', headKey(owner, bucket));
		return ok([{kind: 'head-removed', owner, bucket, version}]);
	},
};
