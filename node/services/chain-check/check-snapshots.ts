import {praosStateCodec} from '#consensus/praos-state-codec';
import {equalBytes} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import {stateCodec} from '#ledger/state/state';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainStores} from '../chain/chain-stores.ts';
import type {ChainProblem} from './chain-problem.ts';

/** A snapshot with the name under which problems tell of it. */
export type NamedSnapshot = LedgerSnapshot & {readonly name: string};

export type CheckedSnapshots = {
	/** Those that are good as far as that can be told without a replay, from old to new. */
	readonly good: readonly NamedSnapshot[];
	readonly problems: readonly ChainProblem[];
};

/** After a repair has cut the chain: when it has grown again, the snapshot may be good. Until then nobody uses it. */
const isAhead = (
	{chainStore}: Pick<ChainStores, 'chainStore'>,
	{blockNo}: Pick<LedgerSnapshot, 'blockNo'>,
): boolean => blockNo > (chainStore.immutableTip()?.blockNo ?? -1);

const problemOf = async (
	{chainStore}: ChainStores,
	{name, hash, blockNo, slot, state, praosState}: NamedSnapshot,
): Promise<ChainProblem | undefined> => {
	const praos = decode(praosStateCodec, praosState);
	if (!praos.ok) return {code: 'CHECK_SNAPSHOT_DAMAGED', name, failure: praos.error};
	const ledger = decode(stateCodec, state);
	if (!ledger.ok) return {code: 'CHECK_SNAPSHOT_DAMAGED', name, failure: ledger.error};
	const [position] = ledger.value.chain.values();
	if (position?.slot !== slot || praos.value.lastSlot !== slot) return {code: 'CHECK_SNAPSHOT_DAMAGED', name};
	if (isAhead({chainStore}, {blockNo})) return undefined;
	const place = await chainStore.place(blockNo);
	const isThere = place !== undefined && place.slot === slot && equalBytes(place.hash, hash);
	return isThere ? undefined : {code: 'CHECK_SNAPSHOT_ELSEWHERE', name, blockNo};
};

const allSnapshots = async function* ({
	ledgerStore,
}: ChainStores): AsyncGenerator<NamedSnapshot | string, void, undefined> {
	for (const snapshot of await ledgerStore.snapshots())
		yield {...snapshot, name: `after block ${snapshot.blockNo}`};
	for (const name of await ledgerStore.pinnedNames()) {
		const snapshot = await ledgerStore.pinned(name);
		yield snapshot === undefined ? name : {...snapshot, name};
	}
};

/** Looks at the newest snapshots and at those that are pinned. A name without a snapshot is a damaged one. */
export const checkSnapshots = async (stores: ChainStores): Promise<CheckedSnapshots> => {
	const good: NamedSnapshot[] = [];
	const problems: ChainProblem[] = [];
	for await (const snapshot of allSnapshots(stores)) {
		const problem: ChainProblem | undefined =
			typeof snapshot === 'string'
				? {code: 'CHECK_SNAPSHOT_DAMAGED', name: snapshot}
				: await problemOf(stores, snapshot);
		if (problem !== undefined) problems.push(problem);
		else if (typeof snapshot !== 'string' && !isAhead(stores, snapshot)) good.push(snapshot);
	}
	return {good: good.sort((a, b) => a.blockNo - b.blockNo), problems};
};
