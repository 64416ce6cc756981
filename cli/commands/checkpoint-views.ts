import type {CheckpointView} from '#node/ports/control-api';
import type {Answer, Options} from '../answer.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

const percent = (part: string, whole: string): string => {
	const total = BigInt(whole);
	return total === 0n ? 'nothing' : `${Number((BigInt(part) * 1000n) / total) / 10} %`;
};

const checkpointText = (checkpoint: CheckpointView): string =>
	[
		facts([
			['period', String(checkpoint.period)],
			['last block', checkpoint.blockHash],
			['state root', checkpoint.stateRoot],
			['payout root', checkpoint.payoutRoot],
			['message', checkpoint.message],
			[
				'signed',
				`${percent(checkpoint.signedWeight, checkpoint.totalWeight)} of the committee's stake${checkpoint.certified ? ': certified' : ', more than two thirds are needed'}`,
			],
			['due before', `slot ${checkpoint.dueSlot}, the end of the next period`],
		]),
		table(
			['member', '>weight', 'signed'],
			checkpoint.committee.map(({vk, weight}) => [
				vk,
				weight,
				checkpoint.signatures.some(signature => signature.vk === vk) ? 'yes' : 'no',
			]),
		),
	].join('\n');

export const showCheckpoints = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const checkpoints = await (await openNode(options)).checkpoints({signal});
	const confirmed =
		checkpoints.confirmed.period === 0
			? 'no period is confirmed on Cardano yet'
			: `period ${checkpoints.confirmed.period} is confirmed on Cardano: block ${checkpoints.confirmed.blockHash}`;
	return {data: checkpoints, text: [confirmed, ...checkpoints.pending.map(checkpointText)].join('\n\n')};
};
