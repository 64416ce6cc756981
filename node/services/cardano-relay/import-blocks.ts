/** Takes blocks of an operator's own node into the chain, judged as if a peer had sent them. */
import {judgeCardanoBlock} from '#consensus/cardano/judge-cardano-block';
import {
	type CardanoParent,
	type CardanoRules,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {OfEra} from '#relay/protocols/wire';
import type {CardanoChain} from './cardano-chain.ts';
import {headerIn, viewOfHeader} from './stored-header.ts';

export type ImportedBlock = {readonly bytes: Uint8Array; readonly file: string; readonly offset: number};

const refuse = ({file, offset}: ImportedBlock, failure: {readonly code: string}): NodeError =>
	new NodeError({
		code: 'CARDANO_IMPORT_REFUSED',
		file,
		offset,
		failure,
		message: `The block at byte ${offset} of ${file} is refused: ${failure.code}.`,
	});

/** Whether a block is of the chain already, or of no chain: a boundary block of Byron shares its slot with the block after it. */
const isBefore = (rules: CardanoRules, {tip, isOrigin}: CardanoParent, sent: OfEra): boolean => {
	const view = viewOfHeader(rules, sent);
	if (view === undefined) return true;
	if (isOrigin === true || view.slot > tip.slot) return false;
	return view.slot < tip.slot || view.prevHash === null || !equalBytes(view.prevHash, tip.hash);
};

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
		const sent = headerIn(block.bytes);
		if (isBefore(rules, at, sent)) continue;
		const header = judgeCardanoHeader(rules, at, {tag: sent.era, bytes: sent.bytes});
		if (!header.ok) throw refuse(block, header.error);
		const judged = judgeCardanoBlock(rules, at, header.value, block.bytes);
		if (!judged.ok) throw refuse(block, judged.error);
		// A view of a whole chunk would keep it in memory.
		await chain.take(judged.value, block.bytes.slice());
		taken++;
	}
	return taken;
};
