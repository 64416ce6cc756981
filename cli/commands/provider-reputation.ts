import {NodeError} from '#kernel/node-error';
import type {RecordEventView, ReputationView} from '#node/ports/provider-api';
import type {Answer, Options} from '../answer.ts';
import {short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {findProvider} from './provider-views.ts';
import {percent, standingWord} from './standing.ts';

const eventRow = ({epoch, reason, weight, slot, blockNo, blockHash}: RecordEventView): readonly string[] => [
	String(epoch),
	reason,
	String(weight),
	String(slot),
	String(blockNo),
	blockHash === null ? 'unknown' : short(blockHash),
];

const reputationText = (reputation: ReputationView): string => {
	const {provider, successes, failures, lowerBound, upperBound, provenTotal, events} = reputation;
	return [
		facts([
			['provider', provider],
			['standing', standingWord(reputation)],
			[
				'proves',
				`at least ${percent(lowerBound)} and at most ${percent(upperBound)} of its epochs, with 95 %`,
			],
			['seen', `${successes} epochs proven, ${failures} counted as failed, of the last 256`],
			['ever proven', `${provenTotal} epochs`],
		]),
		'',
		events.length === 0
			? 'nothing against it'
			: table(['>epoch', 'reason', '>counts as', '>slot', '>block', 'hash'], events.map(eventRow)),
	].join('\n');
};

export const showReputation = async (
	[id = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const {id: whole} = await findProvider(node, id, signal);
	const reputation = await node.reputation(whole, {signal});
	if (reputation === undefined)
		throw new NodeError({
			code: 'PROVIDER_NOT_FOUND',
			message: `The node knows nothing of ${whole} any more.`,
		});
	return {data: reputation, text: reputationText(reputation)};
};
