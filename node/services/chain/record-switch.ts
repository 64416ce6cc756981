/** A change of the selected chain as the listeners are told of it. */
import {defined} from '#kernel/assert';
import type {Tip} from '#kernel/point';
import type {Log} from '#node/ports/log';
import type {ChainEvent} from './chain-event.ts';
import {type ChainState, findParent} from './chain-state.ts';
import type {ChainSwitch} from './switch-chain.ts';

const APPLIED = 'it is applied';

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
