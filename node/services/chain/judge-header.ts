import type {Header} from '#consensus/header/header';
import type {HeaderError} from '#consensus/header/header-error';
import {validateHeader} from '#consensus/header/validate-header';
import type {LedgerView} from '#consensus/ledger-view';
import {epochOf, slotStartMs} from '#consensus/time';
import type {HeaderHash} from '#kernel/hash';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {type BlockNo, type Epoch, type Slot, Epoch as toEpoch} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {type ChainState, findParent, lastSelected, type Parent, tipParent} from './chain-state.ts';

/** A header this far ahead of the clock waits; further ahead its sender is wrong. */
export const CLOCK_SKEW_MS_MAX = 2000;
/** Headers above the anchor, all forks together. Each took a leader's signature to make. */
export const ENTRIES_MAX = 20_000;

export type HeaderRefusal =
	| HeaderError
	| {readonly code: 'HEADER_FROM_FUTURE'; readonly slot: Slot; readonly aheadMs: number}
	/** Nothing it could be built upon is known: it comes too early, or leaves the chain below the anchor. */
	| {readonly code: 'CHAIN_PARENT_UNKNOWN'; readonly hash: HeaderHash; readonly prevHash: HeaderHash | null}
	| {readonly code: 'CHAIN_FORK_TOO_DEEP'; readonly blockNo: BlockNo; readonly anchorBlockNo: BlockNo}
	| {readonly code: 'CHAIN_BLOCK_REFUSED_BEFORE'; readonly hash: HeaderHash; readonly failure: Failure}
	| {readonly code: 'CHAIN_TOO_MANY_HEADERS'; readonly headersMax: number};

const epochOfPlace = ({params}: ChainNetwork, {tip}: Parent): Epoch =>
	tip === 'origin' ? toEpoch(0) : epochOf(params, tip.slot);

/**
 * Who may lead in the header's slot. Snapshots up to that of the epoch of the last common block are the same on both
 * chains; what lies further ahead is known on top of the tip alone.
 */
const viewFor = (
	network: ChainNetwork,
	state: ChainState,
	parent: Parent,
	slot: Slot,
): LedgerView | undefined => {
	if (parent.entry === tipParent(state).entry) return ledgerViewAt(network.env, state.ledger, slot);
	const common = epochOfPlace(network, lastSelected(state, parent));
	const isShared = epochOf(network.params, slot) <= common + 1;
	return isShared ? ledgerViewAt(network.env, state.ledger, slot) : undefined;
};

const checkPlace = (
	{slots}: ChainNetwork,
	{tree, anchor}: ChainState,
	header: Header,
	nowMs: number,
): HeaderRefusal | undefined => {
	const failure = tree.refusalOf(header.hash) ?? (header.prevHash && tree.refusalOf(header.prevHash));
	if (failure) return {code: 'CHAIN_BLOCK_REFUSED_BEFORE', hash: header.hash, failure};
	if (anchor.tip !== 'origin' && header.blockNo <= anchor.tip.blockNo)
		return {code: 'CHAIN_FORK_TOO_DEEP', blockNo: header.blockNo, anchorBlockNo: anchor.tip.blockNo};
	const aheadMs = slotStartMs(slots, header.slot) - nowMs;
	if (aheadMs > CLOCK_SKEW_MS_MAX) return {code: 'HEADER_FROM_FUTURE', slot: header.slot, aheadMs};
	if (tree.size >= ENTRIES_MAX) return {code: 'CHAIN_TOO_MANY_HEADERS', headersMax: ENTRIES_MAX};
	return undefined;
};

/** A header on top of what is known, as an entry without a body. */
export const judgeHeader = (
	network: ChainNetwork,
	state: ChainState,
	header: Header,
	nowMs: number,
): Result<ChainEntry, HeaderRefusal> => {
	const misplaced = checkPlace(network, state, header, nowMs);
	if (misplaced !== undefined) return err(misplaced);
	const parent = findParent(state, header.prevHash);
	if (parent === undefined)
		return err({code: 'CHAIN_PARENT_UNKNOWN', hash: header.hash, prevHash: header.prevHash});
	const judged = validateHeader(
		{
			crypto: network.env.crypto,
			params: network.params,
			ledgerView: viewFor(network, state, parent, header.slot),
			state: parent.praosState,
			parent: parent.tip,
			checkpoints: state.checkpoints,
			thresholds: network.thresholds,
			certificates: network.certificates,
		},
		header,
	);
	if (!judged.ok) return judged;
	return ok({header, praosState: judged.value, body: undefined, effect: undefined, isWaiting: false});
};
