import {err, ok} from '#kernel/result';
import {checkSignedRevision} from '../../agreements/check-revision.ts';
import {findAgreement} from '../../agreements/find-agreement.ts';
import {seeRevision} from '../../disputes/see-revision.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/**
 * Both sides have signed it already, so it does not matter who brings it. Repairers need it of agreements that are vacated;
 * of one that one side is closing it shows whether that side kept something back.
 */
export const revisionPost: Rule<'revision-post'> = {
	signers: nobodyElse,
	apply: (context, {revision: signed}) => {
		const {draft, env} = context;
		const {agreementId, revisionNo} = signed.revision;
		const found = findAgreement(draft, agreementId);
		if (!found.ok) return found;
		const {revisionNo: current, closedIn} = found.value;
		if (closedIn !== null) return err({code: 'AGREEMENT_CLOSED', agreementId});
		if (revisionNo <= current) return err({code: 'REVISION_STALE', revisionNo, current});
		const holds = checkSignedRevision(env, draft, found.value, signed);
		return holds.ok ? ok(seeRevision(context, signed.revision)) : holds;
	},
};
