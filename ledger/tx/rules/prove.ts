import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {challengeIndexes} from '#storage-proofs/challenge';
import {decodeForestProof} from '#storage-proofs/forest-proof';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {epochOfProofSlot} from '#storage-proofs/window';
import type {Commitment} from '../../proofs/commitment.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import {single} from '../../state/reader.ts';
import type {ActionOf} from '../action.ts';
import type {Rule, RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

const checkProof = (
	{draft, env, transaction}: RuleContext,
	{root, totalLeaves}: Commitment,
	{provider, epoch, witnessHash}: ActionOf<'prove'>,
): Result<void, TxError> => {
	const proofBytes = defined(transaction.proof, 'the form of the transaction was checked');
	const found = env.crypto.blake2b256(proofBytes);
	if (!equalBytes(found, witnessHash)) return err({code: 'PROOF_WITNESS_WRONG', witnessHash, found});
	const proof = decodeForestProof(proofBytes);
	if (!proof.ok) return err({code: 'PROOF_INVALID', error: proof.error});
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
	const verified = verifyForestProof(env.crypto, {root, totalLeaves: leaves, indexes}, proof.value);
	return verified.ok ? ok(undefined) : err({code: 'PROOF_INVALID', error: verified.error});
};

/** The commitment was to the revisions on chain, so the proof shows that their pieces are still there. */
export const prove: Rule<'prove'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: (context, action) => {
		const {draft, env, slot} = context;
		const {provider, epoch} = action;
		const open = epochOfProofSlot(env.genesis, slot) ?? null;
		if (open !== epoch) return err({code: 'PROOF_OUT_OF_WINDOW', epoch, slot, open});
		const key = keyOf(provider);
		const commitment = draft.get('commitments', key);
		if (commitment === undefined) return err({code: 'PROOF_COMMITMENT_MISSING', provider, epoch});
		if (commitment.proven) return err({code: 'PROOF_EXISTS', provider, epoch});
		const holds = checkProof(context, commitment, action);
		if (!holds.ok) return holds;
		draft.set('commitments', key, {...commitment, proven: true});
		for (const {agreementId, root, leaves} of commitment.successors) {
			const agreement = draft.get('agreements', keyOf(agreementId));
			if (agreement !== undefined)
				draft.set('agreements', keyOf(agreementId), {...agreement, proven: {epoch, root, leaves}});
		}
		return ok([{kind: 'proven', provider, epoch}]);
	},
};
