import {equalBytes} from '#kernel/bytes';
import type {McRef} from '#kernel/main-chain-event';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {Clock} from '#node/ports/clock';
import {endsWith} from '#relay/abort';
import type {MainChainWatcher} from '../main-chain-watcher.ts';

export const isSameReference = (a: McRef, b: McRef): boolean =>
	a.slot === b.slot && equalBytes(a.hash, b.hash);

/**
 * Segment 3 in time: a block waits for Cardano only so long, then it repeats its parent's reference, which is always
 * valid. An answer that comes too late is kept for the next block on the same reference.
 */
export class CardanoNews {
	readonly #ports: {readonly mainChain: Pick<MainChainWatcher, 'segmentAfter'>; readonly clock: Clock};
	#asked: {readonly parent: McRef; readonly answer: Promise<void>} | undefined;
	#last: {readonly parent: McRef; readonly segment: MainChainSegment} | undefined;

	constructor(ports: {readonly mainChain: Pick<MainChainWatcher, 'segmentAfter'>; readonly clock: Clock}) {
		this.#ports = ports;
	}

	/** What a block on a parent with that reference says, known by `untilMs` at the latest. */
	async since(
		parent: McRef,
		{untilMs, signal}: {readonly untilMs: number; readonly signal: AbortSignal},
	): Promise<MainChainSegment> {
		const timer = endsWith(signal);
		const timeout = this.#ports.clock.waitUntil(untilMs, timer);
		// Rejects when it is no longer needed, and when the node stops: then nobody cares for the answer.
		const timedOut = timeout.catch(() => undefined);
		try {
			await Promise.race([this.#ask(parent), timedOut]);
		} finally {
			timer.end();
		}
		const known = this.#last;
		return known !== undefined && isSameReference(known.parent, parent)
			? known.segment
			: {mcRef: parent, events: []};
	}

	/** One question at a time for one reference. */
	#ask(parent: McRef): Promise<void> {
		if (this.#asked !== undefined && isSameReference(this.#asked.parent, parent)) return this.#asked.answer;
		const asked = {parent, answer: this.#answer(parent)};
		this.#asked = asked;
		return asked.answer;
	}

	async #answer(parent: McRef): Promise<void> {
		try {
			const segment = await this.#ports.mainChain.segmentAfter(parent);
			this.#last = {parent, segment};
		} finally {
			if (this.#asked?.parent === parent) this.#asked = undefined;
		}
	}
}
