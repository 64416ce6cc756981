import {assert} from '#kernel/assert';
import type {Point, Tip} from '#kernel/point';
import {
	emptyPipeline,
	type Pipeline,
	replied,
	requested,
	requestsToSend,
} from '#relay/protocols/chain-sync/client';
import type {ChainSyncMessage, ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {ChainSyncState} from '#relay/protocols/chain-sync/state';
import {definiteList} from '#relay/protocols/wire';
import {abortable} from '../abort.ts';
import type {Conversation} from '../conversation.ts';
import type {WithSignal} from '../handlers.ts';

export type Intersection =
	| {readonly kind: 'found'; readonly point: Point; readonly tip: Tip}
	| {readonly kind: 'notFound'; readonly tip: Tip};

/** Follows a peer's chain. One call at a time. */
export class ChainSyncClient {
	readonly #conversation: Conversation<ChainSyncState, ChainSyncMessage>;
	#pipeline: Pipeline = emptyPipeline;
	/** A reply that is being waited for, kept when its caller gave up; undefined: the peer has nothing newer. */
	#pending: Promise<ChainUpdate | undefined> | undefined;
	/** An intersection that is being looked for, kept when its caller gave up. */
	#finding: Promise<Intersection> | undefined;
	#tip: Tip | undefined;

	constructor(conversation: Conversation<ChainSyncState, ChainSyncMessage>) {
		this.#conversation = conversation;
	}

	/** The peer's tip as last heard. */
	get tip(): Tip | undefined {
		return this.#tip;
	}

	/** All that the peer has has been handed out. */
	get isAtTip(): boolean {
		return this.#pipeline.atTip;
	}

	/** Most recent first. Updates that are still under way are dropped: call it before following, or to start over. */
	async findIntersect(points: readonly Point[], {signal}: WithSignal): Promise<Intersection> {
		signal.throwIfAborted();
		await this.#found(signal);
		// `next` sends no more than it waits for once the tip is near, so that this ends with the next block at last.
		while (this.#pending !== undefined || this.#pipeline.inFlight > 0) await this.#nextUpdate(signal);
		const finding = this.#findIntersect(points);
		this.#finding = finding;
		await this.#found(signal);
		return finding;
	}

	/** The next step of the peer's chain, as soon as there is one. Keeps requests under way. */
	async next({signal}: WithSignal): Promise<ChainUpdate> {
		signal.throwIfAborted();
		await this.#found(signal);
		if (this.#pending === undefined) this.#request();
		return this.#nextUpdate(signal);
	}

	/**
	 * The next step and those after it that are here already, at most `max` of them: what came in one go can be judged
	 * in one go.
	 */
	async nextBatch(max: number, {signal}: WithSignal): Promise<readonly ChainUpdate[]> {
		const updates = [await this.next({signal})];
		while (updates.length < max && this.#conversation.inFlight > 0 && this.#conversation.hasReceived) {
			// It is here: nothing is waited for, and nothing is lost when the signal comes meanwhile.
			const update = await this.#receiveReply();
			if (update === undefined) break;
			updates.push(update);
		}
		return updates;
	}

	async #found(signal: AbortSignal): Promise<void> {
		if (this.#finding === undefined) return;
		await abortable(this.#finding, signal);
		this.#finding = undefined;
	}

	async #findIntersect(points: readonly Point[]): Promise<Intersection> {
		const conversation = this.#conversation;
		await conversation.send({kind: 'findIntersect', points: definiteList(points)});
		const reply = await conversation.receive();
		assert(reply.kind === 'intersectFound' || reply.kind === 'intersectNotFound', 'the state table lied');
		this.#tip = reply.tip;
		this.#pipeline = emptyPipeline;
		return reply.kind === 'intersectFound'
			? {kind: 'found', point: reply.point, tip: reply.tip}
			: {kind: 'notFound', tip: reply.tip};
	}

	async #nextUpdate(signal: AbortSignal): Promise<ChainUpdate> {
		for (;;) {
			const update = await this.#nextReply(signal);
			if (update !== undefined) return update;
		}
	}

	async #nextReply(signal: AbortSignal): Promise<ChainUpdate | undefined> {
		this.#pending ??= this.#receiveReply();
		const update = await abortable(this.#pending, signal);
		this.#pending = undefined;
		return update;
	}

	#request(): void {
		const count = requestsToSend(this.#pipeline);
		// Two bytes each: they never fill the channel, so that nobody needs to wait for room.
		for (let index = 0; index < count; index++)
			this.#conversation.sendAhead({kind: 'requestNext'}).catch(() => undefined);
		this.#pipeline = requested(this.#pipeline, count);
	}

	async #receiveReply(): Promise<ChainUpdate | undefined> {
		const reply = await this.#conversation.receive();
		this.#pipeline = replied(this.#pipeline, reply.kind);
		if (reply.kind === 'awaitReply') return undefined;
		assert(reply.kind === 'rollForward' || reply.kind === 'rollBackward', 'the state table lied');
		this.#tip = reply.tip;
		return reply;
	}
}
