/** Which peer brings which bodies: each is asked of one peer at a time, and of another when that one fails. */
import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Point} from '#kernel/point';
import type {Log} from '#node/ports/log';
import type {BlockFetchClient} from '#relay/drivers/block-fetch-client';
import {DCLOUD_BLOCK_ERA, unwrapBlock} from '#relay/protocols/block';
import type {ChainService} from '../chain/chain-service.ts';
import {Notifier} from '../notifier.ts';

/** Blocks asked for at once. */
const RANGE_MAX = 64;

type Place = Exclude<Point, 'origin'>;

/** What a peer's chain is, as its headers say. */
export type PeerCandidate = {
	/** The last header that was accepted of it. */
	tip: HeaderHash | undefined;
	/** It said that it does not have the blocks up to this header. */
	without: HeaderHash | undefined;
};

export class BlockFetcher {
	readonly #chain: ChainService;
	readonly #log: Log;
	readonly #underWay = new Set<string>();
	readonly #wake = new Notifier<void>();

	constructor(chain: ChainService, log: Log, {signal}: {readonly signal: AbortSignal}) {
		this.#chain = chain;
		this.#log = log;
		chain.onSwitch(() => this.#wake.notify(), {signal});
	}

	/** A candidate has changed. */
	notify(): void {
		this.#wake.notify();
	}

	/** Fetches what the peer's candidate lacks, for as long as the connection lasts. Throws SYNC_BLOCK_REFUSED. */
	async run(client: BlockFetchClient, candidate: PeerCandidate, signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			const range = this.#plan(candidate);
			if (range.length === 0) await this.#wake.next({signal});
			else await this.#fetch(client, candidate, range, signal);
		}
	}

	/** The first blocks in a row that the candidate lacks and nobody is bringing. */
	#plan({tip, without}: PeerCandidate): readonly Place[] {
		if (tip === undefined || !this.#chain.isBetter(tip)) return [];
		if (without !== undefined && equalBytes(without, tip)) return [];
		const range: Place[] = [];
		for (const place of this.#chain.missingBodies(tip)) {
			const isFree = !this.#underWay.has(toHex(place.hash));
			if (range.length === 0 && !isFree) continue;
			if (!isFree || !this.#follows(range.at(-1), place) || range.length === RANGE_MAX) break;
			range.push(place);
		}
		return range;
	}

	#follows(before: Place | undefined, {hash}: Place): boolean {
		const prevHash = this.#chain.find(hash)?.header.prevHash ?? null;
		return before === undefined || (prevHash !== null && equalBytes(prevHash, before.hash));
	}

	async #fetch(
		client: BlockFetchClient,
		candidate: PeerCandidate,
		range: readonly Place[],
		signal: AbortSignal,
	): Promise<void> {
		const keys = range.map(({hash}) => toHex(hash));
		for (const key of keys) this.#underWay.add(key);
		const {tip} = candidate;
		try {
			const [from, to] = [range[0] as Place, range.at(-1) as Place];
			const outcome = await client.fetchRange({from, to}, block => this.#take(block), {signal});
			if (outcome === 'noBlocks') candidate.without = tip;
		} finally {
			for (const key of keys) this.#underWay.delete(key);
			this.#wake.notify();
		}
	}

	async #take(wrapped: Uint8Array): Promise<void> {
		const block = unwrapBlock(wrapped);
		if (!block.ok || block.value.era !== DCLOUD_BLOCK_ERA)
			throw new NodeError({
				code: 'SYNC_BLOCK_REFUSED',
				failure: block.ok ? {code: 'BLOCK_ERA_UNKNOWN'} : block.error,
			});
		const verdict = await this.#chain.considerBlock(block.value.bytes);
		if (verdict.ok) return;
		// Another peer brought what made it pointless meanwhile.
		if (verdict.error.code === 'CHAIN_FORK_TOO_DEEP') return;
		this.#log.debug('block of a peer refused', {failure: verdict.error});
		throw new NodeError({
			code: 'SYNC_BLOCK_REFUSED',
			failure: verdict.error,
			message: 'The peer sent a block that breaks the rules.',
		});
	}
}
