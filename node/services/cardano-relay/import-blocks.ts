/** Takes blocks of an operator's own node into the chain, judged as if a peer had sent them. */
import {checkBody} from '#consensus/block/check-body';
import {decodeCardanoBlock} from '#consensus/cardano/cardano-block';
import {type CardanoRules, judgeCardanoHeader} from '#consensus/cardano/judge-cardano-header';
import {NodeError} from '#kernel/node-error';
import type {CardanoChain} from './cardano-chain.ts';
import {headerIn} from './restore-chain.ts';

export type ImportedBlock = {readonly bytes: Uint8Array; readonly file: string; readonly offset: number};

const refuse = ({file, offset}: ImportedBlock, failure: {readonly code: string}): NodeError =>
	new NodeError({
		code: 'CARDANO_IMPORT_REFUSED',
		file,
		offset,
		failure,
		message: `The block at byte ${offset} of ${file} is refused: ${failure.code}.`,
	});

/** Everything up to the chain's tip, or to its start, is passed over. Returns how many blocks were taken. */
export const importBlocks = async (
	rules: CardanoRules,
	chain: CardanoChain,
	blocks: AsyncIterable<ImportedBlock>,
	{signal}: {readonly signal: AbortSignal},
): Promise<number> => {
	let taken = 0;
	for await (const block of blocks) {
		signal.throwIfAborted();
		const at = chain.tipEntry ?? chain.start;
		const {era, bytes} = headerIn(block.bytes);
		// Byron, and what came before.
		const decoded = decodeCardanoBlock(rules.crypto, block.bytes);
		if (!decoded.ok || decoded.value.header.header.slot <= at.tip.slot) continue;
		const {header} = decoded.value.header;
		const judged = judgeCardanoHeader(rules, at, {tag: era, bytes});
		if (!judged.ok) throw refuse(block, judged.error);
		const body = checkBody(rules.crypto, header, decoded.value.segments);
		if (!body.ok) throw refuse(block, body.error);
		// A view of a whole chunk would keep it in memory.
		await chain.take(judged.value, block.bytes.slice());
		taken++;
	}
	return taken;
};
