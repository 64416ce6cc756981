import {err, ok} from '#kernel/result';
import {checkSignedRevision, withRevision} from '../../agreements/check-revision.ts';
import {findAgreement} from '../../agreements/find-agreement.ts';
import {revisionHash} from '../../agreements/revision.ts';
import {keyOf} from '../../state/keys.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/** Both sides have signed it already, so it does not matter who brings it. Repairers need it of agreements that are vacated. */
export const revisionPost: Rule<'revision-post'> = {
	signers: nobodyElse,
	apply: ({draft, env}, {revision: signed}) => {
		const {agreementId, revisionNo, root, leaves} = signed.revision;
		const found = findAgreement(draft, agreementId);
		if (!found.ok) return found;
		const {revisionNo: current, closedIn} = found.value;
		if (closedIn !== null) return err({code: 'AGREEMENT_CLOSED', agreementId});
		if (revisionNo <= current) return err({code: 'REVISION_STALE', revisionNo, current});
		const holds = checkSignedRevision(env, draft, found.value, signed);
		if (!holds.ok) return holds;
		const hash = revisionHash(env, signed.revision);
		draft.set('agreements', keyOf(agreementId), withRevision(found.value, hash, signed.revision));
		return ok([{kind: 'revision-seen', agreementId, revisionNo, root, leaves}]);
	},
};
