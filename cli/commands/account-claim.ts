import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Verb} from '../answer.ts';
import {openContracts, orResumed} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {ownersOf} from '../cardano-policy.ts';
import {payoutProofFrom} from '../checkpoint-request.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';

/** Claims what was withdrawn, against the checkpoint that stands on Cardano now. */
export const claimOnCardano: Verb = async (_words, options, signal) => {
	if (options['owner'] !== undefined) textOption(options, 'out');
	const contracts = await openContracts(options);
	const node = await openNode(options);
	const claimId = textOption(options, 'claim').toLowerCase();
	const {period} = await contracts.readCheckpoint({signal});
	const proof = await node.payoutProof({period, claimId}, {signal});
	if (proof === undefined)
		throw new NodeError({
			code: 'CLAIM_NOT_IN_CHECKPOINT',
			message: `The checkpoint of period ${period}, which stands on Cardano, has nothing for this claim: withdraw first, then wait for the next one.`,
			claimId,
			period,
		});
	const request = {proof: payoutProofFrom(proof), owners: await ownersOf(options)};
	const transaction = await contracts.claimWithdrawal(request, {signal});
	const draft = draftAnswer(options, transaction, `claims against the checkpoint of period ${period}`);
	if (draft !== undefined) return draft;
	const {txId, fee} = transaction;
	return orResumed(transaction, {
		data: {claimId, period, cumulative: proof.cumulative, txId, fee},
		text: `claimed against the checkpoint of period ${period} (${ada(BigInt(proof.cumulative))} in all so far): transaction ${toHex(txId)}, fee ${ada(fee)}`,
	});
};
