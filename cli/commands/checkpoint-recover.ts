import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Verb} from '../answer.ts';
import {openContracts, orResumed} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {countOption} from '../count-option.ts';
import {ada, byteSize} from '../format.ts';

/** Gives the checkpoint whose committee is dead the one that an executed proposal named. */
export const recoverCommittee: Verb = async (_words, options, signal) => {
	const {governance} = await openContracts(options);
	if (governance === undefined)
		throw new NodeError({
			code: 'CHECKPOINT_NOT_GOVERNED',
			message:
				'The contracts of this deployment were made without governance, so nobody can replace the committee.',
		});
	const proposal = countOption(options, 'proposal') ?? 0;
	const transaction = await governance.recover({proposal}, {signal});
	const what = `gives the checkpoint the committee of proposal ${proposal}`;
	const draft = draftAnswer(options, transaction, what);
	if (draft !== undefined) return draft;
	const {txId, size, fee} = transaction;
	return orResumed(transaction, {
		data: {proposal, txId, size, fee},
		text: `the committee that proposal ${proposal} named signs the next checkpoint: transaction ${toHex(txId)}, ${byteSize(size)}, fee ${ada(fee)}; its members' nodes sign when the side-chain has heard of it`,
	});
};
