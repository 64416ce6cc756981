/** Headers of one chain, judged together: planned one after the other, verified in any order, kept up to the first bad one. */

import type {Header} from '#consensus/header/header';
import type {HeaderWork} from '#consensus/header/header-work';
import {type HeaderPlan, planHeader, settleHeader} from '#consensus/header/plan-header';
import type {LedgerView} from '#consensus/ledger-view';
import type {PraosState} from '#consensus/praos-state';
import {epochOf} from '#consensus/time';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {Tip} from '#kernel/point';
import {ok, type Result} from '#kernel/result';
import {type Epoch, Epoch as toEpoch} from '#kernel/slot';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {addEntry, type ChainState, findParent, type Parent} from './chain-state.ts';
import {type HeaderRefusal, viewAbove} from './judge-header.ts';

export type HeadersVerdict = {
	/** How many of the first are good. Fewer than were asked for without a refusal: ask again for the others. */
	readonly taken: number;
	/** What is kept of those, old and new; those that are final by now are not among them. */
	readonly entries: readonly ChainEntry[];
	/** Why the next one is not; undefined when all are good. */
	readonly refusal: HeaderRefusal | undefined;
};

type Planned = {readonly header: Header; readonly plan: HeaderPlan | 'known'};

/** What the next header of a batch stands on: known, or planned only. */
type Below = {readonly tip: Tip; readonly praosState: PraosState};

class Batch {
	readonly planned: Planned[] = [];
	readonly work: HeaderWork[] = [];
	/** Why there is no plan for the header after those. */
	misplaced: HeaderRefusal | undefined;
	readonly #network: ChainNetwork;
	readonly #state: ChainState;
	readonly #views = new Map<Epoch, LedgerView | undefined>();
	#base: Parent | undefined;
	/** Of the first header on top of the base: it comes after all that is due up to its epoch's start. */
	#firstEpoch: Epoch = toEpoch(0);
	#below: Below | undefined;

	constructor(network: ChainNetwork, state: ChainState) {
		this.#network = network;
		this.#state = state;
	}

	/** False: nothing after it can be planned. */
	add(header: Header): boolean {
		const placed = this.#place(header);
		if (!placed.ok) {
			this.misplaced = placed.error;
			return false;
		}
		if (placed.value === 'known') {
			this.planned.push({header, plan: 'known'});
			this.#below = undefined;
			return true;
		}
		const plan = this.#plan(header);
		this.planned.push({header, plan});
		if (plan.work !== undefined) this.work.push(plan.work);
		if (plan.next === undefined) return false;
		const {slot, hash, blockNo} = header;
		this.#below = {tip: {slot, hash, blockNo}, praosState: plan.next};
		return true;
	}

	/** As the tree says; what stands on a planned header has a place when that is kept. */
	#place(header: Header): Result<'new' | 'known', HeaderRefusal> {
		const tip = this.#below?.tip;
		const placed = this.#state.forks.place(header);
		if (placed.ok || placed.error.code !== 'CHAIN_PARENT_UNKNOWN') return placed;
		const isNext =
			tip !== undefined &&
			tip !== 'origin' &&
			header.prevHash !== null &&
			equalBytes(tip.hash, header.prevHash);
		return isNext ? ok('new') : placed;
	}

	#plan(header: Header): HeaderPlan {
		const {env, params, thresholds} = this.#network;
		if (this.#below === undefined) {
			this.#base = defined(findParent(this.#state, header.prevHash), 'a header with a place has a parent');
			this.#below = this.#base;
			this.#firstEpoch = epochOf(params, header.slot);
			this.#views.clear();
		}
		const {tip: parent, praosState: state} = this.#below;
		return planHeader(
			{
				crypto: env.crypto,
				params,
				ledgerView: this.#viewFor(header),
				state,
				parent,
				checkpoints: this.#state.forks.checkpoints,
				thresholds,
			},
			header,
		);
	}

	#viewFor({slot}: Header): LedgerView | undefined {
		const epoch = epochOf(this.#network.params, slot);
		// The stake of later epochs depends on blocks that are not applied yet, whatever the ledger at the tip says.
		if (epoch > this.#firstEpoch + 1) return undefined;
		if (this.#views.has(epoch)) return this.#views.get(epoch);
		const view = viewAbove(this.#network, this.#state, defined(this.#base, 'it was just set'), slot);
		this.#views.set(epoch, view);
		return view;
	}
}

type Done = Awaited<ReturnType<HeaderVerifier['verify']>>[number];

/**
 * Keeps one header if it is good. The chain may have moved on while the work was done; what was known and of which
 * nobody else tells any longer was forgotten, which is no fault of whoever tells of it now.
 */
const settleOne = (
	state: ChainState,
	{header, plan}: Planned,
	done: Done | undefined,
): HeaderRefusal | 'forgotten' | undefined => {
	const placed = state.forks.place(header);
	if (!placed.ok) return placed.error;
	if (placed.value === 'known') return undefined;
	if (plan === 'known') return 'forgotten';
	const settled = settleHeader(plan, done ?? ok(undefined));
	if (!settled.ok) return settled.error;
	addEntry(state, {header, praosState: settled.value, body: undefined, effect: undefined});
	return undefined;
};

const settle = (state: ChainState, {planned, misplaced}: Batch, done: readonly Done[]): HeadersVerdict => {
	const entries: ChainEntry[] = [];
	let worked = 0;
	for (const [taken, next] of planned.entries()) {
		const hasWork = next.plan !== 'known' && next.plan.work !== undefined;
		const refusal = settleOne(state, next, hasWork ? done[worked++] : undefined);
		if (refusal === 'forgotten') return {taken, entries, refusal: undefined};
		if (refusal !== undefined) return {taken, entries, refusal};
		const entry = state.forks.find(next.header.hash);
		if (entry !== undefined) entries.push(entry);
	}
	return {taken: planned.length, entries, refusal: misplaced};
};

export type ConsiderOptions = {
	readonly signal: AbortSignal;
	/** Told of `entries` at once, before anybody can forget them. */
	readonly kept?: (entries: readonly ChainEntry[]) => void;
};

type JudgeOptions = ConsiderOptions & {readonly verifier: HeaderVerifier; readonly nowMs: number};

/**
 * Each header the child of the one before it. Costs the caller's thread a few hashes a header; the rest is the
 * verifier's. Rejects as that does.
 */
export const judgeHeaders = async (
	network: ChainNetwork,
	state: ChainState,
	headers: readonly Header[],
	{verifier, nowMs, signal, kept}: JudgeOptions,
): Promise<HeadersVerdict> => {
	state.forks.tick(nowMs);
	const batch = new Batch(network, state);
	for (const header of headers) if (!batch.add(header)) break;
	const verdict = settle(state, batch, await verifier.verify(batch.work, {signal}));
	kept?.(verdict.entries);
	return verdict;
};
