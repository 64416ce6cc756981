import type {PlacementFailure} from '#consensus/chain/placement';
import type {Header} from '#consensus/header/header';
import type {HeaderError} from '#consensus/header/header-error';
import {validateHeader} from '#consensus/header/validate-header';
import type {LedgerView} from '#consensus/ledger-view';
import {epochOf} from '#consensus/time';
import {defined} from '#kernel/assert';
import {ok, type Result} from '#kernel/result';
import {type Epoch, type Slot, Epoch as toEpoch} from '#kernel/slot';
import {ledgerViewAt, pastLedgerViewAt} from '#ledger/ledger-view';
import type {ChainNetwork} from './chain-network.ts';
import {
	addEntry,
	type ChainState,
	findParent,
	lastSelected,
	ledgerAt,
	type Parent,
	tipParent,
} from './chain-state.ts';

export type HeaderRefusal = HeaderError | PlacementFailure;

const epochOfPlace = ({params}: ChainNetwork, {tip}: Pick<Parent, 'tip'>): Epoch =>
	tip === 'origin' ? toEpoch(0) : epochOf(params, tip.slot);

/**
 * Who may lead in a slot above `parent`. Snapshots up to that of the epoch of the last common block are the same on both
 * chains; what lies further ahead is known on top of the tip alone.
 */
export const viewAbove = (
	network: ChainNetwork,
	state: ChainState,
	parent: Parent,
	slot: Slot,
): LedgerView | undefined => {
	if (parent.entry === tipParent(state).entry) return ledgerViewAt(network.env, state.ledger, slot);
	const epoch = epochOf(network.params, slot);
	// The anchor is common to all chains, and near enough for most headers: to look further is a walk over the fork.
	const isShared =
		epoch <= epochOfPlace(network, state.anchor) + 1 ||
		epoch <= epochOfPlace(network, lastSelected(state, parent)) + 1;
	if (!isShared) return undefined;
	return (
		pastLedgerViewAt(network.env, state.ledger, slot) ??
		// Where k blocks took several epochs, the tip has forgotten what is needed.
		ledgerAt(state, lastSelected(state, parent), ledger => pastLedgerViewAt(network.env, ledger, slot))
	);
};

/** Judges a header on top of what is known and keeps a good one, as an entry without a body. */
export const judgeHeader = (
	network: ChainNetwork,
	state: ChainState,
	header: Header,
	nowMs: number,
): Result<'new' | 'known', HeaderRefusal> => {
	const {forks} = state;
	forks.tick(nowMs);
	const place = forks.place(header);
	if (!place.ok || place.value === 'known') return place;
	const parent = defined(findParent(state, header.prevHash), 'a header that has a place has a parent');
	const judged = validateHeader(
		{
			crypto: network.env.crypto,
			params: network.params,
			ledgerView: viewAbove(network, state, parent, header.slot),
			state: parent.praosState,
			parent: parent.tip,
			checkpoints: forks.checkpoints,
			thresholds: network.thresholds,
			certificates: network.certificates,
		},
		header,
	);
	if (!judged.ok) return judged;
	addEntry(state, {header, praosState: judged.value, body: undefined, effect: undefined});
	return ok('new');
};
