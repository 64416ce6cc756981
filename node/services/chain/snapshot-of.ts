import {praosStateCodec} from '#consensus/praos-state-codec';
import {assert, defined} from '#kernel/assert';
import {encode} from '#kernel/cbor/codec';
import {applyDiff, undoDiff} from '#ledger/state/diff';
import {stateCodec} from '#ledger/state/state';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainAnchor} from './chain-entry.ts';
import type {ChainState} from './chain-state.ts';

/** The state at the anchor: the blocks above it are undone for a moment. O(state). */
export const snapshotOf = ({
	ledger,
	selected,
	anchor,
}: Pick<ChainState, 'ledger' | 'selected'> & {
	readonly anchor: Pick<ChainAnchor, 'tip' | 'praosState'>;
}): LedgerSnapshot => {
	assert(anchor.tip !== 'origin', 'a snapshot is of a block');
	const diffs = selected.map(({effect}) => defined(effect, 'a selected block has an effect').diff);
	for (const diff of diffs.toReversed()) undoDiff(ledger, diff);
	const state = encode(stateCodec, ledger);
	for (const diff of diffs) applyDiff(ledger, diff);
	return {...anchor.tip, state, praosState: encode(praosStateCodec, anchor.praosState)};
};
