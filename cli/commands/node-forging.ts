import type {ForgingView} from '#node/ports/forging-api';
import type {Answer, Verb} from '../answer.ts';
import {openNode} from '../node-client.ts';

const answer = (forging: ForgingView, say: string): Answer => ({
	data: forging,
	text: `${say}\npool ${forging.poolId ?? ''}`,
});

export const promoteNode: Verb = async (_words, options, signal) => {
	const forging = await (await openNode(options)).promote({signal});
	const say = 'the node forges, from the third slot after this one on; no other host may run with its keys';
	return answer(forging, say);
};

export const demoteNode: Verb = async (_words, options, signal) => {
	const forging = await (await openNode(options)).demote({signal});
	return answer(forging, 'the node stands by: it has signed its last block and signs nothing more');
};
