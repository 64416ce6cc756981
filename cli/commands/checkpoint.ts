import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {answers, type Verb} from '../answer.ts';
import {openContracts, orResumed, withCardano} from '../cardano-access.ts';
import {draftAnswer, withDraft} from '../cardano-file.ts';
import {advanceRequest} from '../checkpoint-request.ts';
import {ada, byteSize} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {registerConflict} from './checkpoint-conflict.ts';
import {recoverCommittee} from './checkpoint-recover.ts';
import {showCheckpoints} from './checkpoint-views.ts';

const submit: Verb = async (_words, options, signal) => {
	const {pending} = await (await openNode(options)).checkpoints({signal});
	const checkpoint = pending.findLast(({certified}) => certified);
	if (checkpoint === undefined)
		throw new NodeError({
			code: 'CHECKPOINT_NOT_CERTIFIED',
			message:
				'No closed period has signatures of more than two thirds of the stake yet: "dcloud checkpoint show" tells.',
		});
	const contracts = await openContracts(options);
	const request = advanceRequest(await createNativeCrypto(), checkpoint);
	const transaction = await contracts.advanceCheckpoint(request, {signal});
	const draft = draftAnswer(
		options,
		transaction,
		`puts the checkpoint of period ${checkpoint.period} on Cardano`,
	);
	if (draft !== undefined) return draft;
	const {txId, size, fee} = transaction;
	return orResumed(transaction, {
		data: {period: checkpoint.period, txId, size, fee},
		text: `the checkpoint of period ${checkpoint.period} stands on Cardano: transaction ${toHex(txId)}, ${byteSize(size)}, fee ${ada(fee)}`,
	});
};

export const register = (noun: Command): void => {
	answers(
		withNode(
			noun.command('show').description('closed periods, their signatures, what Cardano has confirmed'),
		),
		showCheckpoints,
	);
	answers(
		withDraft(
			withCardano(
				withNode(noun.command('submit').description('hand a certified checkpoint in on Cardano; anyone may')),
			),
		),
		submit,
	);
	answers(
		withDraft(
			withCardano(
				noun.command('recover').description('replace a dead committee by the one that governance named'),
			),
		).requiredOption('--proposal <n>', 'number of the executed proposal'),
		recoverCommittee,
	);
	registerConflict(noun);
};
