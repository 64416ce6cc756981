import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {decodeBody} from '#ledger/block/block-body';
import type {LedgerState} from '#ledger/state/state';
import type {Transaction} from '#ledger/tx/transaction';
import type {ChainService} from '../chain/chain-service.ts';
import type {Parent} from '../chain/chain-state.ts';

/** The tip is ahead of the clock, or in the very slot and final. */
export type TipAhead = {readonly code: 'FORGE_TIP_AHEAD'; readonly slot: Slot; readonly tipSlot: Slot};

export type BuildingSite = {
	readonly ledger: LedgerState;
	readonly parent: Parent;
	/** The block will stand beside the tip and compete with it. */
	readonly isSibling: boolean;
};

/** Shows what a block of `slot` stands on: the tip, or what is under it when the tip is of the same slot. Synchronous. */
export const onBuildingSite = <T>(
	chain: ChainService,
	slot: Slot,
	look: (site: BuildingSite) => T,
): Result<T, TipAhead> => {
	const {tip, tipPlace, tipHeader} = chain;
	if (tip === 'origin' || tip.slot < slot)
		return ok(look({ledger: chain.ledger, parent: tipPlace, isSibling: false}));
	if (tip.slot > slot || tipHeader === undefined)
		return err({code: 'FORGE_TIP_AHEAD', slot, tipSlot: tip.slot});
	return ok(chain.beneathTip((ledger, parent) => look({ledger, parent, isSibling: true})));
};

/** What the tip took out of the mempool; a block beside it must bring it too, or nobody does if it wins. */
export const transactionsOfTip = (chain: ChainService): readonly Transaction[] => {
	const body = chain.tipPlace.entry?.body;
	const decoded = body && decodeBody(chain.network.env, body.block.segments);
	return decoded?.ok === true ? decoded.value.transactions : [];
};
