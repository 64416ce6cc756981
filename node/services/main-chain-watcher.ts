/**
 * The node's eye on Cardano: which block a forger may refer to, and whether what a block says of Cardano is so.
 * Without an answer from Cardano nothing is invalid: forgers repeat the parent's reference and validators wait.
 */
import {equalBytes, toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {type McRef, mainChainEvents} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import type {MainChainSegment} from '#ledger/block/block-body';
import {MAIN_CHAIN_EVENTS_MAX} from '#ledger/limits';
import type {CheckpointHistory, CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {MainChain} from '#node/ports/main-chain';
import {Notifier} from './notifier.ts';

export type MainChainRefusal =
	| {readonly code: 'MC_REF_UNKNOWN'; readonly mcRef: McRef}
	| {readonly code: 'MC_EVENTS_WRONG'; readonly mcRef: McRef}
	/** Cardano has made another block the last one of this period: `expected`. */
	| {
			readonly code: 'MC_PERIOD_CONFLICT';
			readonly period: number;
			readonly expected: HeaderHash;
			readonly blockHash: HeaderHash;
	  };

/** Periods that end with one block: more than one where the chain was silent. */
export type EndedPeriods = {
	readonly first: number;
	readonly last: number;
	/** The last block of each of them. */
	readonly blockHash: HeaderHash;
};

/** `wait`: Cardano does not show enough yet; ask again after the next change. */
export type MainChainVerdict = 'holds' | 'wait' | MainChainRefusal;

export type MainChainWatcher = {
	/** Whether a block's segment 3 says what happened on Cardano since its parent's reference. */
	judge(parent: McRef, segment: MainChainSegment): Promise<MainChainVerdict>;
	/**
	 * Whether periods end as Cardano says that they did; `holds` where it says nothing yet or cannot be asked: then the
	 * report of a later block tells.
	 */
	judgePeriods(ended: EndedPeriods): Promise<'holds' | MainChainRefusal>;
	/** What a block on a parent with that reference is to say, up to the newest stable block. */
	segmentAfter(parent: McRef): Promise<MainChainSegment>;
	/** Calls when Cardano has moved on. */
	onChange(listener: () => void, options: {readonly signal: AbortSignal}): void;
	/** The newest Cardano block heard of. */
	tip(): McRef | undefined;
	/** Since when Cardano does not answer, in Unix milliseconds; undefined while it does. */
	unreachableSinceMs(): number | undefined;
	/** Since when Cardano's chain lacks the block that ours refers to, in Unix milliseconds; undefined while it has it. */
	rolledBackSinceMs(): number | undefined;
	/** Asks Cardano for its tip now and then, until the signal aborts. */
	run(options: {readonly signal: AbortSignal}): Promise<void>;
};

const POLL_MS = 500;
/** While Cardano does not answer it is asked less and less often, down to this. */
const POLL_MS_MAX = 8_000;

const isSame = (a: McRef, b: McRef): boolean => a.slot === b.slot && equalBytes(a.hash, b.hash);
const bytesOf = (events: MainChainSegment['events']): Uint8Array =>
	encode(mainChainEvents(Number.MAX_SAFE_INTEGER), events);

/** Takes every reference for true: for nodes that have no view of Cardano, which say so when they start. */
export const createBlindWatcher = (): MainChainWatcher => ({
	judge: async () => 'holds',
	judgePeriods: async () => 'holds',
	segmentAfter: async parent => ({mcRef: parent, events: []}),
	onChange: () => undefined,
	tip: () => undefined,
	unreachableSinceMs: () => undefined,
	rolledBackSinceMs: () => undefined,
	run: async () => undefined,
});

export type MainChainWatcherPorts = {
	readonly mainChain: MainChain;
	/** Without it only what blocks report of checkpoints is compared. */
	readonly checkpoints?: CheckpointHistory;
	readonly clock: Clock;
	readonly log: Log;
};

/** The stable checkpoints by period. They stay: what is known is not asked for again. */
class KnownCheckpoints {
	readonly #byPeriod = new Map<number, CheckpointOnCardano>();
	#newest = 0;

	isBeyond(period: number): boolean {
		return period > this.#newest;
	}

	learn(checkpoints: readonly CheckpointOnCardano[]): void {
		for (const checkpoint of checkpoints) {
			this.#byPeriod.set(checkpoint.period, checkpoint);
			this.#newest = Math.max(this.#newest, checkpoint.period);
		}
	}

	judge({first, last, blockHash}: EndedPeriods): 'holds' | MainChainRefusal {
		for (const {period, blockHash: expected} of this.#byPeriod.values())
			if (period >= first && period <= last && !equalBytes(expected, blockHash))
				return {code: 'MC_PERIOD_CONFLICT', period, expected, blockHash};
		return 'holds';
	}
}

/** Whether Cardano still has the blocks that our chain refers to. */
class ReferenceWatch {
	readonly #ports: Pick<MainChainWatcherPorts, 'mainChain' | 'clock' | 'log'>;
	lostSinceMs: number | undefined;

	constructor(ports: Pick<MainChainWatcherPorts, 'mainChain' | 'clock' | 'log'>) {
		this.#ports = ports;
	}

	/**
	 * What happened since a block that our chain refers to; undefined while Cardano has another one in its place: it rolled back
	 * more than the stability window. What was acted on stays, and what happened on the other fork cannot be told from what is
	 * here already: a deposit would count twice.
	 */
	async eventsSince(after: McRef, upTo: McRef): Promise<MainChainSegment['events'] | undefined> {
		const {mainChain} = this.#ports;
		const there = await mainChain.blockAt(after.slot);
		this.#note(after, there !== undefined && isSame(there, after));
		return this.lostSinceMs === undefined ? mainChain.events({after, upTo}) : undefined;
	}

	/** Of a segment that refers to what is stable. */
	async judge(parent: McRef, {mcRef, events}: MainChainSegment): Promise<MainChainVerdict> {
		const there = await this.#ports.mainChain.blockAt(mcRef.slot);
		if (there === undefined || !isSame(there, mcRef)) return {code: 'MC_REF_UNKNOWN', mcRef};
		const happened = await this.eventsSince(parent, mcRef);
		if (happened === undefined) return 'wait';
		return equalBytes(bytesOf(happened), bytesOf(events)) ? 'holds' : {code: 'MC_EVENTS_WRONG', mcRef};
	}

	#note({slot, hash}: McRef, isThere: boolean): void {
		const {clock, log} = this.#ports;
		if (isThere === (this.lostSinceMs === undefined)) return;
		this.lostSinceMs = isThere ? undefined : clock.now();
		if (isThere) log.info('cardano has the block again that the chain refers to', {slot});
		else
			log.error(
				'cardano took back the block that the chain refers to: nothing is undone, deposits and checkpoints wait',
				{slot, hash: toHex(hash)},
			);
	}
}

export const createMainChainWatcher = (
	{mainChain, checkpoints, clock, log}: MainChainWatcherPorts,
	{stableDepth}: {readonly stableDepth: number},
): MainChainWatcher => {
	const changed = new Notifier<void>();
	const known = new KnownCheckpoints();
	let tip: McRef | undefined;
	let unreachableSinceMs: number | undefined;
	const reference = new ReferenceWatch({mainChain, clock, log});

	const refresh = async (signal?: AbortSignal): Promise<void> => {
		const before = tip;
		tip = await mainChain.tip(signal === undefined ? {} : {signal});
		if (before === undefined || !isSame(before, tip)) changed.notify();
	};
	/** The answer, or `otherwise` while Cardano cannot be asked. */
	const ask = async <T>(question: () => Promise<T>, otherwise: T): Promise<T> => {
		try {
			const answer = await question();
			if (unreachableSinceMs !== undefined)
				log.info('cardano is reachable again', {awayMs: clock.now() - unreachableSinceMs});
			unreachableSinceMs = undefined;
			return answer;
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			if (unreachableSinceMs === undefined) {
				log.warn('cardano is not reachable: the node goes on, deposits and checkpoints wait', {error});
				unreachableSinceMs = clock.now();
			}
			return otherwise;
		}
	};
	const stableSlot = (): number => (tip === undefined ? -1 : tip.slot - stableDepth);

	const judgeNews = async (parent: McRef, segment: MainChainSegment): Promise<MainChainVerdict> => {
		const {mcRef} = segment;
		if (mcRef.slot > stableSlot()) await refresh();
		if (mcRef.slot > stableSlot()) return 'wait';
		return reference.judge(parent, segment);
	};

	/** Who repeats the parent's reference says nothing of Cardano, which is not asked either. */
	const judge = async (parent: McRef, segment: MainChainSegment): Promise<MainChainVerdict> => {
		const {mcRef, events} = segment;
		if (!isSame(parent, mcRef)) return ask(() => judgeNews(parent, segment), 'wait');
		return events.length === 0 ? 'holds' : {code: 'MC_EVENTS_WRONG', mcRef};
	};

	const judgePeriods = async (ended: EndedPeriods): Promise<'holds' | MainChainRefusal> => {
		if (checkpoints !== undefined && known.isBeyond(ended.last))
			await ask(async () => known.learn(await checkpoints.stable()), undefined);
		return known.judge(ended);
	};

	/** As far as one block may report: halves the way until its events fit. */
	const segmentUpTo = async (parent: McRef, slot: number): Promise<MainChainSegment> => {
		const mcRef = await mainChain.blockAt(slot);
		if (mcRef === undefined || mcRef.slot <= parent.slot) return {mcRef: parent, events: []};
		const events = await reference.eventsSince(parent, mcRef);
		if (events === undefined) return {mcRef: parent, events: []};
		if (events.length <= MAIN_CHAIN_EVENTS_MAX) return {mcRef, events};
		return segmentUpTo(parent, parent.slot + Math.floor((mcRef.slot - parent.slot) / 2));
	};

	return {
		judge,
		judgePeriods,
		segmentAfter: parent => {
			const repeated = {mcRef: parent, events: []};
			return stableSlot() <= parent.slot
				? Promise.resolve(repeated)
				: ask(() => segmentUpTo(parent, stableSlot()), repeated);
		},
		onChange: (listener, options) => changed.on(listener, options),
		tip: () => tip,
		unreachableSinceMs: () => unreachableSinceMs,
		rolledBackSinceMs: () => reference.lostSinceMs,
		run: async ({signal}) => {
			let waitMs = POLL_MS;
			while (!signal.aborted) {
				await ask(() => refresh(signal), undefined);
				waitMs = unreachableSinceMs === undefined ? POLL_MS : Math.min(2 * waitMs, POLL_MS_MAX);
				await clock.waitUntil(clock.now() + waitMs, {signal}).catch(() => undefined);
			}
		},
	};
};
