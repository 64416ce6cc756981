import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {challengeIndexes} from '#storage-proofs/challenge';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {epochOfProofSlot} from '#storage-proofs/window';
import type {Revision} from '../../agreements/revision.ts';
import {seeRevision} from '../../disputes/see-revision.ts';
import {checkRevisions} from '../../proofs/check-revisions.ts';
import type {Commitment} from '../../proofs/commitment.ts';
import {dueAgreements} from '../../proofs/due-agreements.ts';
import {knownLeaves} from '../../proofs/known-leaves.ts';
import {decodeProofWitness} from '../../proofs/proof-witness.ts';
import {proveForest} from '../../proofs/prove-forest.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import {single} from '../../state/reader.ts';
import type {ActionOf} from '../action.ts';
import type {Rule, RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

/** Returns the revisions in it that the chain has not seen. */
const checkProof = (
	{draft, env, transaction}: RuleContext,
	{root, totalLeaves}: Commitment,
	{provider, epoch, witnessHash}: ActionOf<'prove'>,
): Result<readonly Revision[], TxError> => {
	const witnessBytes = defined(transaction.proof, 'the form of the transaction was checked');
	const found = env.crypto.blake2b256(witnessBytes);
	if (!equalBytes(found, witnessHash)) return err({code: 'PROOF_WITNESS_WRONG', witnessHash, found});
	const witness = decodeProofWitness(witnessBytes);
	if (!witness.ok) return err({code: 'PROOF_INVALID', error: witness.error});
	const {proof, revisions} = witness.value;
	const leaves = BigInt(totalLeaves);
	const {seed} = single(draft, 'challenge');
	assert(seed !== null, 'the seed is drawn when the proof window opens');
	const indexes = challengeIndexes(env.crypto, {
		genesisHash: env.genesisHash,
		seed,
		providerId: provider,
		epoch,
		totalLeaves: leaves,
	});
	const verified = verifyForestProof(env.crypto, {root, totalLeaves: leaves, indexes}, proof);
	if (!verified.ok) return err({code: 'PROOF_INVALID', error: verified.error});
	return checkRevisions(env, draft, {provider, epoch}, {proven: verified.value, revisions});
};

/** The leaves that the chain drew are still there, in revisions that both sides have signed. */
export const prove: Rule<'prove'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: (context, action) => {
		const {draft, env, slot} = context;
		const {provider, epoch} = action;
		const open = epochOfProofSlot(env.genesis, slot) ?? null;
		if (open !== epoch) return err({code: 'PROOF_OUT_OF_WINDOW', epoch, slot, open});
		const commitment = draft.get('commitments', keyOf(provider));
		if (commitment === undefined) return err({code: 'PROOF_COMMITMENT_MISSING', provider, epoch});
		if (commitment.proven) return err({code: 'PROOF_EXISTS', provider, epoch});
		const seen = checkProof(context, commitment, action);
		if (!seen.ok) return seen;
		const {totalLeaves} = commitment;
		const known = knownLeaves(dueAgreements(draft, provider, epoch), epoch, seen.value);
		if (totalLeaves < known) return err({code: 'PROOF_LEAVES_TOO_FEW', provider, epoch, totalLeaves, known});
		proveForest(draft, provider, commitment);
		const events = seen.value.flatMap(revision => seeRevision(context, revision));
		return ok([...events, {kind: 'proven', provider, epoch}]);
	},
};
