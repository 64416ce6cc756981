import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {epochOfCommitSlot} from '#storage-proofs/window';
import {dueForest} from '../../proofs/due-agreements.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {isInMaintenance} from '../../providers/maintenance.ts';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/** A provider fixes what it holds before the challenge of the epoch is known. */
export const commit: Rule<'commit'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: ({draft, env, slot}, {provider, epoch, root, totalLeaves}) => {
		const open = epochOfCommitSlot(env.genesis, slot) ?? null;
		if (open !== epoch) return err({code: 'COMMITMENT_OUT_OF_WINDOW', epoch, slot, open});
		const key = keyOf(provider);
		if (draft.get('commitments', key) !== undefined) return err({code: 'COMMITMENT_EXISTS', provider, epoch});
		if (isInMaintenance(draft, provider, epoch))
			return err({code: 'COMMITMENT_IN_MAINTENANCE', provider, epoch});
		const due = dueForest(env.crypto, draft, provider, epoch);
		if (due.agreements.length === 0) return err({code: 'COMMITMENT_NOT_DUE', provider, epoch});
		if (due.totalLeaves !== totalLeaves)
			return err({code: 'COMMITMENT_LEAVES_WRONG', totalLeaves, expected: due.totalLeaves});
		if (!equalBytes(due.root, root)) return err({code: 'COMMITMENT_ROOT_WRONG', root, expected: due.root});
		const successors = due.agreements
			.filter(({agreement}) => agreement.repairOf !== null)
			.map(({agreementId, agreement}) => ({
				agreementId,
				root: agreement.root,
				leaves: agreement.leaves,
			}));
		// Nothing can be asked of a provider that holds nothing yet: its commitment is its proof.
		const proven = totalLeaves === 0;
		draft.set('commitments', key, {epoch, root, totalLeaves, slot, proven, successors});
		return ok([{kind: 'committed', provider, epoch, root, totalLeaves}]);
	},
};
