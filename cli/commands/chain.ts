import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import type {BlockView, StatusView} from '#node/ports/control-api';
import {type Answer, answers, type Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {byteSize, short} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

const tipText = (status: StatusView): string =>
	facts([
		['network', `${status.profile}, magic ${status.networkMagic}, genesis ${status.genesisHash}`],
		[
			'tip',
			status.tip === null
				? 'origin'
				: `block ${status.tip.blockNo} in slot ${status.tip.slot}, ${status.tip.hash}`,
		],
		['immutable', status.immutableTip === null ? 'origin' : `block ${status.immutableTip.blockNo}`],
		[
			'now',
			`slot ${status.currentSlot}, epoch ${status.epoch}, slot ${status.slotInEpoch} of ${status.epochLength}`,
		],
		['epoch nonce', status.epochNonce ?? 'none yet'],
		['synced', status.synced ? 'yes' : 'no'],
		['peers', status.peers.map(({address, direction}) => `${address} (${direction})`).join(', ') || 'none'],
		['shunned', status.shunned.map(({peer, code}) => `${peer} (${code})`).join(', ') || 'none'],
		['mempool', `${status.mempool.count} transactions, ${byteSize(status.mempool.bytes)}`],
		[
			'forging',
			status.forging.enabled
				? `pool ${status.forging.poolId}: led ${status.forging.leaderSlots} slots, forged ${status.forging.forged}, adopted ${status.forging.adopted}`
				: 'no',
		],
	]);

const tip = async (_words: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> => {
	const status = await (await openNode(options)).status({signal});
	return {data: status, text: tipText(status)};
};

const blockText = (block: BlockView): string =>
	[
		facts([
			['block', `${block.blockNo} in slot ${block.slot}, epoch ${block.epoch}`],
			['hash', block.hash],
			['previous', block.prevHash ?? 'none: the first block'],
			['issuer', block.issuer],
			['depth', block.depth === null ? 'not on the selected chain' : String(block.depth)],
			['body', `${byteSize(block.bodySizeBytes)}, hash ${block.bodyHash}`],
			['Cardano', JSON.stringify(block.mainChainReference)],
			['proofs', `${block.proofSizesBytes.length}`],
		]),
		...(block.transactions.length === 0
			? []
			: [
					'',
					table(
						['transaction', 'action', '>fee', '>bytes'],
						block.transactions.map(({txId, action, fee, sizeBytes}) => [
							txId,
							action.kind,
							fee,
							String(sizeBytes),
						]),
					),
				]),
		...block.events.map(event => `event ${event.kind}: ${JSON.stringify({...event, kind: undefined})}`),
	].join('\n');

const block = async (
	[which = 'tip']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const id = which === 'tip' ? ((await node.status({signal})).tip?.hash ?? '') : which;
	const found = await node.block(/^\d+$/.test(id) ? Number(id) : id, {signal});
	if (found === undefined)
		throw new NodeError({code: 'BLOCK_NOT_FOUND', message: `The node has no block ${which}.`, block: which});
	return {data: found, text: blockText(found)};
};

const list = async (_words: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> => {
	const node = await openNode(options);
	const last = (await node.status({signal})).tip?.blockNo ?? 0;
	const limit = Math.max(1, countOption(options, 'limit', 1000) ?? 20);
	const lines = await node.chain({from: Math.max(0, last - limit + 1), limit}, {signal});
	const rows = lines.map(line => [
		String(line.blockNo),
		String(line.slot),
		short(line.hash),
		short(line.issuer),
		String(line.transactions),
		byteSize(line.sizeBytes),
	]);
	return {data: lines, text: table(['>block', '>slot', 'hash', 'issuer', '>txs', '>size'], rows)};
};

export const register = (noun: Command): void => {
	answers(withNode(noun.command('tip').description('the tip, the clock, the peers of a node')), tip);
	answers(
		withNode(noun.command('block').description('one block').argument('[hash or number]', 'default: the tip')),
		block,
	);
	answers(
		withNode(noun.command('list').description('the last blocks').option('--limit <n>', 'how many', '20')),
		list,
	);
};
