/**
 * The state after the last block of a closed period, kept until a later period is confirmed on Cardano: with a
 * checkpoint there it is where a new node may start.
 */
import type {Tip} from '#kernel/point';
import type {Slot} from '#kernel/slot';
import {epochOf, type LedgerEnv} from '#ledger/environment';
import {single} from '#ledger/state/reader';
import {type LedgerState, readerOf} from '#ledger/state/state';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';

/** Closed periods that Cardano has not confirmed: a committee that never signs must not fill the disk. */
const UNCONFIRMED_KEPT = 3;

const PREFIX = 'period-';

/** How a snapshot is pinned whose block is followed by the end of this period, and perhaps of more. */
export const periodName = (period: number): string => `${PREFIX}${String(period).padStart(16, '0')}`;

const periodOfName = (name: string): number | undefined =>
	name.startsWith(PREFIX) && /^\d{16}$/.test(name.slice(PREFIX.length))
		? Number(name.slice(PREFIX.length))
		: undefined;

/** The period that a slot is in, counted from 0; period p closes when p of them are over. */
const periodOf = ({genesis}: LedgerEnv, slot: Slot): number =>
	Math.floor(epochOf(genesis, slot) / genesis.checkpointEvery);

/**
 * The periods that are closed between a block and the one after it; undefined when none is. Both have to be final where
 * it matters for good: another block in place of the upper one may be of an earlier or later period.
 */
export const periodsClosedBetween = (
	env: LedgerEnv,
	below: Tip,
	above: {readonly slot: Slot},
): {readonly first: number; readonly last: number} | undefined => {
	if (below === 'origin') return undefined;
	const first = periodOf(env, below.slot) + 1;
	const last = periodOf(env, above.slot);
	return last >= first ? {first, last} : undefined;
};

/** The first of those. */
export const closedBetween = (env: LedgerEnv, below: Tip, above: {readonly slot: Slot}): number | undefined =>
	periodsClosedBetween(env, below, above)?.first;

/** Periods by whose name snapshots are pinned, from old to new. */
export const pinnedPeriods = async (store: LedgerStore): Promise<readonly number[]> =>
	(await store.pinnedNames()).flatMap(name => periodOfName(name) ?? []).sort((a, b) => a - b);

export const pinPeriod = (store: LedgerStore, env: LedgerEnv, snapshot: LedgerSnapshot): Promise<void> =>
	store.pin(periodName(periodOf(env, snapshot.slot) + 1), snapshot);

/** Lets go what lies below the confirmed period, and of those above it all but the newest. */
const unpinPeriods = async (store: LedgerStore, confirmedPeriod: number): Promise<void> => {
	const periods = await pinnedPeriods(store);
	const above = periods.filter(period => period > confirmedPeriod).slice(-UNCONFIRMED_KEPT);
	// A block may close several periods at once; its snapshot has the name of the first.
	const confirmed = periods.findLast(period => period <= confirmedPeriod);
	for (const period of periods)
		if (period !== confirmed && !above.includes(period)) await store.unpin(periodName(period));
};

/** Pins and unpins while the chain grows. */
export class PeriodSnapshots {
	readonly #env: LedgerEnv;
	readonly #store: LedgerStore;
	#unpinnedUpTo: number | undefined;

	constructor(env: LedgerEnv, store: LedgerStore) {
		this.#env = env;
		this.#store = store;
	}

	/** Whether a period is over between a block and the one after it, both final. */
	endsBetween(below: Tip, above: {readonly slot: Slot}): boolean {
		return closedBetween(this.#env, below, above) !== undefined;
	}

	/** Called before a newer ordinary snapshot is written, so that a process that dies in between comes by here again. */
	async keep(ended: readonly LedgerSnapshot[], ledger: LedgerState): Promise<void> {
		const {period} = single(readerOf(ledger), 'confirmedCheckpoint');
		if (ended.length === 0 && period === this.#unpinnedUpTo) return;
		for (const snapshot of ended) await pinPeriod(this.#store, this.#env, snapshot);
		await unpinPeriods(this.#store, period);
		this.#unpinnedUpTo = period;
	}
}
