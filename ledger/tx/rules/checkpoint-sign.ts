import {checkpointMessage, committeeHash} from '#crypto/checkpoint-message';
import {equalBytes, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok} from '#kernel/result';
import type {LedgerEnv} from '../../environment.ts';
import type {PendingCheckpoint} from '../../main-chain/checkpoint.ts';
import {keyOf, numberKey} from '../../state/keys.ts';
import {single} from '../../state/reader.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/** What the committee signs for a closed period. */
export const pendingCheckpointMessage = (
	{crypto, genesis, genesisHash}: LedgerEnv,
	period: number,
	{blockHash, stateRoot, payoutRoot, nextCommittee}: PendingCheckpoint,
): Hash32 =>
	checkpointMessage(crypto, {
		genesisHash,
		cardanoNetworkMagic: genesis.cardano.networkMagic,
		checkpointScriptHash: genesis.cardano.checkpointScriptHash,
		period,
		blockHash,
		stateRoot,
		payoutRoot,
		nextCommitteeHash: committeeHash(crypto, nextCommittee),
	});

/** A member of the last confirmed committee signs a closed period, once. */
export const checkpointSign: Rule<'checkpoint-sign'> = {
	signers: nobodyElse,
	apply: ({draft, env}, {period, memberVk, signature}) => {
		const pending = draft.get('pendingCheckpoints', numberKey(period));
		if (pending === undefined) return err({code: 'CHECKPOINT_NOT_PENDING', period});
		const {committee} = single(draft, 'confirmedCheckpoint');
		if (!committee.some(({verificationKey}) => equalBytes(verificationKey, memberVk)))
			return err({code: 'CHECKPOINT_MEMBER_UNKNOWN', memberVk});
		const key = keyOf(u64be(period), memberVk);
		if (draft.get('checkpointSignatures', key) !== undefined)
			return err({code: 'CHECKPOINT_ALREADY_SIGNED', period, memberVk});
		const message = pendingCheckpointMessage(env, period, pending);
		if (!env.crypto.verifyEd25519(signature, message, memberVk))
			return err({code: 'CHECKPOINT_SIGNATURE_INVALID', period, memberVk});
		draft.set('checkpointSignatures', key, {signature});
		return ok([{kind: 'checkpoint-signed', period, memberVk}]);
	},
};
