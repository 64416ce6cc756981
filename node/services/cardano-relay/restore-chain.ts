/** The chain of a relay as it was when it stopped, or the beginning of a new one. */

import {judgeCardanoBlock} from '#consensus/cardano/judge-cardano-block';
import {
	type CardanoParent,
	type CardanoRules,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import type {StoredBlock} from '#node/ports/chain-store';
import {CardanoChain, type CardanoChainPorts, type CardanoEntry} from './cardano-chain.ts';
import type {SavedState} from './ports.ts';
import {firstNumbered, headerIn, viewOfBlock} from './stored-header.ts';

const anchorOf = (
	rules: CardanoRules,
	{place, era, state, byron}: SavedState,
	block: StoredBlock,
): CardanoEntry => {
	const {blockNo, isBoundary} = viewOfBlock(rules, block.bytes);
	const tip = {...place, blockNo};
	return {
		place,
		tip,
		era,
		state,
		byron,
		isBoundary,
		prevHash: block.prevHash,
		// It was checked before it became final; how far is in the logs of that time.
		level: isBoundary ? 'chain' : 'certificate',
		choice: {
			...tip,
			isBoundary,
			issuerVk: new Uint8Array(32),
			counter: 0n,
			vrfOutput: new Uint8Array(era === 'byron' ? 0 : 64),
		},
	};
};

const damaged = (): NodeError =>
	new NodeError({
		code: 'CARDANO_STATE_DAMAGED',
		message:
			'The saved state and the blocks of the database do not fit: move the folder away and start with --start-point again.',
	});

/** Judges stored blocks again, body and all, and gives them to the chain. */
const retake = async (
	{rules}: CardanoChainPorts,
	chain: CardanoChain,
	{bytes, prevHash}: StoredBlock,
): Promise<boolean> => {
	const parent = chain.parentAt(prevHash);
	if (parent === undefined) return false;
	const {era: tag, bytes: headerBytes} = headerIn(bytes);
	const header = judgeCardanoHeader(rules, parent, {tag, bytes: headerBytes});
	if (!header.ok) return false;
	const judged = judgeCardanoBlock(rules, parent, header.value, bytes);
	if (!judged.ok) return false;
	await chain.take(judged.value, bytes, {stored: true});
	return true;
};

/** From the saved state on: the rest of the final blocks, then all that are kept above them. */
const resume = async (
	ports: CardanoChainPorts,
	start: CardanoParent,
	saved: SavedState,
): Promise<CardanoChain> => {
	const {chainStore} = ports;
	const place = await chainStore.place(saved.place.blockNo);
	const block = await chainStore.blockAt(saved.place.blockNo);
	if (place === undefined || block === undefined || !equalBytes(place.hash, saved.place.hash))
		throw damaged();
	const chain = new CardanoChain(ports, start, {
		anchor: anchorOf(ports.rules, saved, block),
		oldest: await firstNumbered(ports.rules, chainStore),
		epochNonces: saved.epochNonces,
	});
	for (let blockNo: number = place.blockNo + 1; ; blockNo++) {
		const next = await chainStore.blockAt(BlockNo(blockNo));
		if (next === undefined) break;
		if (!(await retake(ports, chain, next))) throw damaged();
	}
	for (const {hash} of chainStore.volatileBlocks()) {
		const kept = await chainStore.block(hash);
		// One that is refused now was judged by an older program: peers bring its successor.
		if (kept !== undefined) await retake(ports, chain, kept);
	}
	return chain;
};

/** `start` is where a new chain begins, and is needed for nothing when there is a saved state. Throws CARDANO_START_UNKNOWN. */
export const restoreChain = async (
	ports: CardanoChainPorts,
	start: CardanoParent | undefined,
): Promise<CardanoChain> => {
	const saved = await ports.stateStore.load();
	if (saved === undefined && start === undefined)
		throw new NodeError({
			code: 'CARDANO_START_UNKNOWN',
			message: 'The database is empty: say where to start, with --start-point SLOT.HASH.',
		});
	if (saved === undefined) {
		if (ports.chainStore.immutableTip() !== undefined) throw damaged();
		return new CardanoChain(ports, defined(start, 'checked above'));
	}
	const {place, era, state} = saved;
	return resume(ports, start ?? {tip: place, era, state}, saved);
};
