import {err, ok} from '#kernel/result';
import {accessEpochOf, accessKey} from '../../access/access-epoch.ts';
import {nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Ends grants of the sender: those of a series, or all. */
export const accessRevoke: Rule<'access-revoke'> = {
	signers: nobodyElse,
	apply: (context, {series, epoch, until}) => {
		const {draft, slot} = context;
		const owner = senderOf(context);
		const current = accessEpochOf(draft, owner, series);
		if (epoch !== current + 1) return err({code: 'ACCESS_EPOCH_STALE', epoch, current});
		const isFitting = series === null ? until === null : until !== null && until > slot;
		if (!isFitting) return err({code: 'ACCESS_UNTIL_WRONG', until, slot});
		draft.set('accessEpochs', accessKey(owner, series), {epoch, until});
		return ok([{kind: 'access-revoked', owner, series, epoch}]);
	},
};
