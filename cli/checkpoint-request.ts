import {type CommitteeMember, committeeHash} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {AdvanceRequest} from '#node/ports/checkpoint-contract';
import type {CheckpointView, PayoutProofView} from '#node/ports/control-api';
import type {PayoutProof, PayoutTag} from '#onchain/payout';

const membersOf = (committee: CheckpointView['committee']): CommitteeMember[] =>
	committee.map(({vk, weight}) => ({verificationKey: fromHex(vk), weight: BigInt(weight)}));

/** What Cardano is to be told of a checkpoint that a node showed. */
export const advanceRequest = (
	hasher: Hasher,
	checkpoint: CheckpointView,
	signatures: CheckpointView['signatures'] = checkpoint.signatures,
): AdvanceRequest => ({
	next: {
		period: checkpoint.period,
		blockHash: Hash32(fromHex(checkpoint.blockHash)),
		stateRoot: Hash32(fromHex(checkpoint.stateRoot)),
		payoutRoot: Hash32(fromHex(checkpoint.payoutRoot)),
		nextCommitteeHash: committeeHash(hasher, membersOf(checkpoint.nextCommittee)),
	},
	committee: membersOf(checkpoint.committee),
	signatures: signatures.map(({vk, signature}) => ({
		verificationKey: fromHex(vk),
		signature: fromHex(signature),
	})),
});

/** A payout proof that a node showed, as the contracts want it. */
export const payoutProofFrom = ({claimId, tag, cumulative, index, path}: PayoutProofView): PayoutProof => ({
	leaf: {
		tag: tag as PayoutTag,
		claimId: Hash32(fromHex(claimId)),
		cumulative: Lovelace(BigInt(cumulative)),
	},
	index,
	path: path.map(sibling => Hash32(fromHex(sibling))),
});
