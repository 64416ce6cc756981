import {err, ok} from '#kernel/result';
import {epochOfCommitSlot} from '#storage-proofs/window';
import {dueAgreements, dueCapacity} from '../../proofs/due-agreements.ts';
import {knownLeaves} from '../../proofs/known-leaves.ts';
import {proveForest} from '../../proofs/prove-forest.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {isInMaintenance} from '../../providers/maintenance.ts';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/**
 * A provider fixes what it holds before the challenge of the epoch is known. That its forest is made of revisions which
 * clients have signed shows in the proof, and that it has as many leaves as the chain knows of.
 */
export const commit: Rule<'commit'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: ({draft, env, slot}, {provider, epoch, root, totalLeaves}) => {
		const open = epochOfCommitSlot(env.genesis, slot) ?? null;
		if (open !== epoch) return err({code: 'COMMITMENT_OUT_OF_WINDOW', epoch, slot, open});
		const key = keyOf(provider);
		if (draft.get('commitments', key) !== undefined) return err({code: 'COMMITMENT_EXISTS', provider, epoch});
		if (isInMaintenance(draft, provider, epoch))
			return err({code: 'COMMITMENT_IN_MAINTENANCE', provider, epoch});
		const due = dueAgreements(draft, provider, epoch);
		if (due.length === 0) return err({code: 'COMMITMENT_NOT_DUE', provider, epoch});
		const capacityLeaves = dueCapacity(due);
		if (totalLeaves > capacityLeaves) return err({code: 'COMMITMENT_TOO_LARGE', totalLeaves, capacityLeaves});
		// Nothing can be asked of a provider that is not known to hold anything yet: its commitment is its proof.
		const proven = totalLeaves === 0 && knownLeaves(due, epoch) === 0;
		const commitment = {epoch, root, totalLeaves, slot, proven};
		draft.set('commitments', key, commitment);
		if (proven) proveForest(draft, provider, commitment);
		return ok([{kind: 'committed', provider, epoch, root, totalLeaves}]);
	},
};
