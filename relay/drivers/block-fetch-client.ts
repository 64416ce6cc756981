import {assert} from '#kernel/assert';
import {answered, asked, dispatch, ends, type Fetches, noFetches} from '#relay/protocols/block-fetch/client';
import type {BlockFetchMessage, BlockRange} from '#relay/protocols/block-fetch/messages';
import type {BlockFetchState} from '#relay/protocols/block-fetch/state';
import {onAbort} from '../abort.ts';
import type {Conversation} from '../conversation.ts';
import type {WithSignal} from '../handlers.ts';

/** Takes one block, as `[era, block]`; awaited before the next one is read. */
export type BlockTaker = (block: Uint8Array) => void | Promise<void>;

export type FetchOutcome = 'fetched' | 'noBlocks';

type Request = {
	readonly range: BlockRange;
	readonly take: BlockTaker;
	/** The caller has its answer (or gave up): the rest of this range is dropped. */
	settled: boolean;
	readonly resolve: (outcome: FetchOutcome) => void;
	readonly reject: (reason: unknown) => void;
};

/** Fetches ranges of blocks. Any number of calls at once: they are answered in their order. */
export class BlockFetchClient {
	readonly #conversation: Conversation<BlockFetchState, BlockFetchMessage>;
	#fetches: Fetches<Request> = noFetches;
	#running = false as boolean;

	constructor(conversation: Conversation<BlockFetchState, BlockFetchMessage>) {
		this.#conversation = conversation;
	}

	/** Ranges asked for and not answered. */
	get pending(): number {
		return this.#fetches.waiting.length + this.#fetches.inFlight.length;
	}

	/**
	 * Resolves when the last block was taken, or with `noBlocks` when the peer does not have them all. Rejects when
	 * the connection ends, when `take` fails, and with the signal's reason.
	 */
	async fetchRange(range: BlockRange, take: BlockTaker, {signal}: WithSignal): Promise<FetchOutcome> {
		signal.throwIfAborted();
		let stopListening = (): void => undefined;
		try {
			return await new Promise<FetchOutcome>((resolve, reject) => {
				const request: Request = {range, take, settled: false, resolve, reject};
				stopListening = onAbort(signal, () => this.#settle(request, () => reject(signal.reason)));
				this.#fetches = asked(this.#fetches, request);
				if (!this.#running) void this.#run();
				else this.#dispatch();
			});
		} finally {
			stopListening();
		}
	}

	/** Reads answers until there is nothing to wait for. Never rejects: every waiting call is told instead. */
	async #run(): Promise<void> {
		this.#running = true;
		try {
			this.#dispatch();
			for (let request = this.#oldest; request !== undefined; request = this.#oldest) {
				const message = await this.#conversation.receive();
				await this.#take(request, message);
				this.#dispatch();
			}
		} catch (error) {
			const {inFlight, waiting} = this.#fetches;
			this.#fetches = noFetches;
			for (const request of [...inFlight, ...waiting]) this.#settle(request, () => request.reject(error));
		} finally {
			this.#running = false;
		}
	}

	get #oldest(): Request | undefined {
		return this.#fetches.inFlight[0];
	}

	async #take(request: Request, message: BlockFetchMessage): Promise<void> {
		if (message.kind === 'block' && !request.settled) {
			try {
				await request.take(message.block);
			} catch (error) {
				this.#settle(request, () => request.reject(error));
			}
		}
		if (!ends(message)) return;
		this.#fetches = answered(this.#fetches);
		this.#settle(request, () => request.resolve(message.kind === 'noBlocks' ? 'noBlocks' : 'fetched'));
	}

	#dispatch(): void {
		// A call that was given up before it was sent is not sent.
		const waiting = this.#fetches.waiting.filter(({settled}) => !settled);
		const {send, fetches} = dispatch({...this.#fetches, waiting});
		this.#fetches = fetches;
		// At most a hundred short messages are under way: nobody needs to wait for room.
		for (const {range} of send) {
			assert(this.#conversation.state === 'idle', 'a fetch outside its protocol');
			this.#conversation.sendAhead({kind: 'requestRange', ...range}).catch(() => undefined);
		}
	}

	#settle(request: Request, tell: () => void): void {
		if (request.settled) return;
		request.settled = true;
		tell();
	}
}
