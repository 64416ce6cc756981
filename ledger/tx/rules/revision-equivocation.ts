import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {checkSignedRevision} from '../../agreements/check-revision.ts';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {revisionHash} from '../../agreements/revision.ts';
import {punishProvider} from '../../disputes/fraud.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/**
 * Two revisions of one number, both with both signatures. A client may have to ask anew for what it got no answer to; the
 * provider signs last, and must look at what it has signed: the fault is its own.
 */
export const revisionEquivocation: Rule<'revision-equivocation'> = {
	signers: nobodyElse,
	apply: ({draft, env, epoch, slot, blockNo}, {first, second}) => {
		const {agreementId, revisionNo} = first.revision;
		const isOneNumber =
			equalBytes(agreementId, second.revision.agreementId) && revisionNo === second.revision.revisionNo;
		const isOneContent = equalBytes(revisionHash(env, first.revision), revisionHash(env, second.revision));
		if (!isOneNumber || isOneContent) return err({code: 'REVISIONS_AGREE', agreementId, revisionNo});
		const found = findActiveAgreement(draft, agreementId);
		if (!found.ok) return found;
		for (const signed of [first, second]) {
			const holds = checkSignedRevision(env, draft, found.value, signed);
			if (!holds.ok) return holds;
		}
		const charge = {agreementId, agreement: found.value, fraud: 'equivocation'} as const;
		const place = {epoch, slot, blockNo, vacates: true};
		return ok(punishProvider(env.parameters, draft, charge, place));
	},
};
