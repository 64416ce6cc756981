/** A change of the selected chain as the stores and the listeners are told of it. */
import {assert, defined} from '#kernel/assert';
import type {Tip} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {Log} from '#node/ports/log';
import type {ChainEvent} from './chain-event.ts';
import {adoptedBlock, appliedBlock} from './chain-records.ts';
import {type ChainState, findParent} from './chain-state.ts';
import type {ChainStores} from './open-chain.ts';
import type {ChainSwitch} from './switch-chain.ts';

const APPLIED = 'it is applied';

export const writeSwitch = async (
	{chainStore, ledgerStore}: ChainStores,
	{rolledBack, adopted}: ChainSwitch,
): Promise<void> => {
	for (const entry of adopted)
		await ledgerStore.putApplied(entry.header.hash, appliedBlock(entry, defined(entry.effect, APPLIED)));
	const first = defined(adopted[0], 'a switch adopts something').header;
	assert(rolledBack.length === 0 || first.blockNo <= (rolledBack.at(-1)?.header.blockNo ?? 0), 'a fork');
	await chainStore.change({
		keepTo: first.blockNo === 0 ? null : BlockNo(first.blockNo - 1),
		adopted: adopted.map(entry => adoptedBlock(entry, defined(entry.effect, APPLIED))),
	});
};

/** What a switch left of the chain before it went forward. */
export const rootOf = (state: ChainState, {adopted}: ChainSwitch): Tip => {
	const {prevHash} = defined(adopted[0], 'a switch adopts something').header;
	return findParent(state, prevHash)?.tip ?? state.anchor.tip;
};

/** `left`: the tip after the roll back, if there was one. */
export const tellSwitch = (
	{rolledBack, adopted}: ChainSwitch,
	{left, atMs}: {readonly left: Tip; readonly atMs: number},
	log: Log,
	notify: (event: ChainEvent) => void,
): void => {
	if (rolledBack.length > 0) {
		const blocks = rolledBack.map(({body}) => defined(body, APPLIED).block);
		log.info('rolled back', {blocks: blocks.length});
		notify({kind: 'rolledBack', tip: left, blocks});
	}
	for (const {header, body, effect} of adopted) {
		log.debug('block adopted', {slot: header.slot, blockNo: header.blockNo, hash: header.hash});
		const {block} = defined(body, APPLIED);
		notify({kind: 'adopted', block, events: defined(effect, APPLIED).events, atMs});
	}
};
