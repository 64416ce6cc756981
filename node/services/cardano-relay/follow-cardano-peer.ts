/** Follows the chain of one Cardano peer: headers are judged, bodies fetched and compared, blocks given to the chain. */
import {parentOf} from '#consensus/cardano/cardano-parent';
import {headerTagOf} from '#consensus/cardano/era';
import {slotStartMsOf} from '#consensus/cardano/era-history';
import {type CardanoBlockFailure, judgeCardanoBlock} from '#consensus/cardano/judge-cardano-block';
import {
	type CardanoHeaderFailure,
	type CardanoParent,
	type CardanoRules,
	isOurs,
	type JudgedHeader,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
import {hashOfSent} from '#consensus/cardano/sent-header';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Point} from '#kernel/point';
import type {Result} from '#kernel/result';
import {BlockNo} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import {abortable} from '#relay/abort';
import type {BlockFetchClient} from '#relay/drivers/block-fetch-client';
import type {ChainSyncClient} from '#relay/drivers/chain-sync-client';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {OfEra} from '#relay/protocols/wire';
import type {CardanoChain} from './cardano-chain.ts';
import type {Disagreement, Quarantine} from './ports.ts';

export type FollowCardanoPorts = {
	readonly chain: CardanoChain;
	readonly rules: CardanoRules;
	readonly quarantine: Quarantine;
	readonly claims: FetchClaims;
	readonly clock: Clock;
	readonly log: Log;
};

export type FollowedPeer = {
	readonly name: string;
	readonly chainSync: ChainSyncClient;
	readonly blockFetch: BlockFetchClient;
};

const BATCH_MAX = 100;
const POINTS_MAX = 30;
/** Clocks differ; what is further ahead is not taken. */
const CLOCK_SKEW_MS = 2_000;

/** Which peer is being asked for a block, so that several that tell of it are not all asked. */
export class FetchClaims {
	readonly #byHash = new Map<string, Promise<unknown>>();

	/** Resolves when whoever fetches the block has it, or has failed; undefined when nobody does. */
	of(hash: Uint8Array): Promise<unknown> | undefined {
		return this.#byHash.get(toHex(hash));
	}

	async during<T>(hashes: readonly Uint8Array[], work: () => Promise<T>): Promise<T> {
		let done: () => void = () => undefined;
		const promise = new Promise<void>(resolve => {
			done = resolve;
		});
		const keys = hashes.map(toHex);
		for (const key of keys) this.#byHash.set(key, promise);
		try {
			return await work();
		} finally {
			for (const key of keys) this.#byHash.delete(key);
			done();
		}
	}
}

const pointsOf = async (chain: CardanoChain): Promise<readonly Point[]> => {
	const {tip} = chain;
	if (tip === 'origin') {
		const {slot, hash} = chain.start.tip;
		return [chain.start.isOrigin === true ? 'origin' : {slot, hash}];
	}
	const points: Point[] = [];
	let step = 1;
	for (let at: number = tip.blockNo; at >= 0 && points.length < POINTS_MAX; at -= step) {
		const place = await chain.place(BlockNo(at));
		if (place === undefined) break;
		points.push({slot: place.slot, hash: place.hash});
		if (points.length > 4) step *= 2;
	}
	return points;
};

const isBoundary = ({header}: JudgedHeader): boolean => 'kind' in header && header.kind === 'boundary';

/** The header that the next one is judged against; undefined while the peer tells of what is final with us. */
type Place = {parent: CardanoParent | undefined};

export class CardanoFollower {
	readonly #ports: FollowCardanoPorts;
	readonly #peer: FollowedPeer;
	readonly #signal: AbortSignal;
	#at: Place = {parent: undefined};
	#pending: JudgedHeader[] = [];

	constructor(ports: FollowCardanoPorts, peer: FollowedPeer, {signal}: {readonly signal: AbortSignal}) {
		this.#ports = ports;
		this.#peer = peer;
		this.#signal = signal;
	}

	/**
	 * Rejects when the connection ends, when the peer is to blame (SYNC_HEADER_REFUSED, SYNC_BLOCK_REFUSED, …), and when we cannot
	 * go on (CARDANO_CANNOT_JUDGE).
	 */
	async run(): Promise<never> {
		const {chain} = this.#ports;
		const {chainSync} = this.#peer;
		const signal = this.#signal;
		const found = await chainSync.findIntersect(await pointsOf(chain), {signal});
		if (found.kind === 'notFound')
			throw new NodeError({
				code: 'SYNC_NO_INTERSECTION',
				message: 'The peer does not have the start point, nor any block of our chain.',
			});
		// cardano-node says once more to roll back there before its first header; the protocol does not demand it.
		await this.#rollBack(found.point);
		for (;;) {
			for (const update of await chainSync.nextBatch(BATCH_MAX, {signal})) await this.#take(update);
			await this.#fetchPending();
		}
	}

	#take(update: ChainUpdate): Promise<void> {
		return update.kind === 'rollForward' ? this.#takeHeader(update.header) : this.#rollBack(update.point);
	}

	/** Bodies of headers that the peer takes back are not asked for: it may not have them any more. */
	async #rollBack(point: Point): Promise<void> {
		const {chain} = this.#ports;
		const kept = this.#pending.findIndex(
			({header: {hash}}) => point !== 'origin' && equalBytes(hash, point.hash),
		);
		const last = this.#pending[kept];
		this.#pending = this.#pending.slice(0, kept + 1);
		if (last !== undefined) {
			this.#at = {parent: parentOf(last)};
			return;
		}
		this.#at = {parent: chain.parentAt(point === 'origin' ? null : point.hash)};
		const isOlder = point === 'origin' || (await chain.placeOf(point.hash)) !== undefined;
		if (this.#at.parent === undefined && !isOlder) throw this.#tooDeep();
	}

	#tooDeep(): NodeError {
		return new NodeError({
			code: 'SYNC_FORK_TOO_DEEP',
			message: 'The chain of the peer left ours more than k blocks ago.',
		});
	}

	async #takeHeader(sent: OfEra): Promise<void> {
		const {chain, rules} = this.#ports;
		const hash = hashOfSent(rules.crypto, {tag: sent.era, bytes: sent.bytes});
		const known = hash && chain.parentAt(hash);
		if (known !== undefined) {
			await this.#fetchPending();
			this.#pending = [];
			this.#at = {parent: known};
			return;
		}
		const {parent} = this.#at;
		if (parent === undefined) {
			// The peer is behind us, and tells of blocks that are final here.
			if (hash === undefined || (await chain.placeOf(hash)) === undefined) throw this.#tooDeep();
			return;
		}
		const judged = await this.#judge(parent, sent);
		if (!judged.ok) throw await this.#refuseHeader(sent, judged.error);
		await this.#checkClock(sent, judged.value);
		this.#pending.push(judged.value);
		this.#at = {parent: parentOf(judged.value)};
	}

	/** Bodies of Byron change who may sign: those that have not come yet may be why a header is refused. */
	async #judge(
		parent: CardanoParent,
		{era: tag, bytes}: OfEra,
	): Promise<Result<JudgedHeader, CardanoHeaderFailure>> {
		const {chain, rules} = this.#ports;
		const judged = judgeCardanoHeader(rules, parent, {tag, bytes});
		if (judged.ok || parent.byron === undefined || this.#pending.length === 0) return judged;
		await this.#fetchPending();
		return judgeCardanoHeader(rules, chain.parentAt(parent.tip.hash) ?? parent, {tag, bytes});
	}

	/** A slot that has not begun is waited for, as long as clocks may differ. */
	async #checkClock(sent: OfEra, {header: {slot}}: JudgedHeader): Promise<void> {
		const {clock, rules} = this.#ports;
		const startMs = slotStartMsOf(rules.network, slot);
		if (startMs - clock.now() > CLOCK_SKEW_MS)
			throw await this.#refuseHeader(sent, {code: 'HEADER_FROM_FUTURE', slot});
		if (startMs > clock.now()) await clock.waitUntil(startMs, {signal: this.#signal});
	}

	async #refuseHeader(
		{era: tag, bytes}: OfEra,
		failure: CardanoHeaderFailure | {readonly code: 'HEADER_FROM_FUTURE'; readonly slot: number},
	): Promise<NodeError> {
		// What came before it is good.
		await this.#fetchPending();
		if (failure.code === 'HEADER_FROM_FUTURE')
			return new NodeError({
				code: 'SYNC_HEADER_FROM_FUTURE',
				failure,
				message: 'The clock of the peer is ahead of ours: one of the two is wrong.',
			});
		if (isOurs(failure))
			return new NodeError({
				code: 'CARDANO_CANNOT_JUDGE',
				failure,
				message: `The relay cannot judge the next header as far as is demanded: ${failure.code}.`,
			});
		return this.#refuse({kind: 'header', tag, bytes, failure}, 'SYNC_HEADER_REFUSED');
	}

	async #refuse(
		refused: Pick<Disagreement, 'kind' | 'tag' | 'bytes' | 'failure'>,
		code: 'SYNC_HEADER_REFUSED' | 'SYNC_BLOCK_REFUSED',
	): Promise<NodeError> {
		const {quarantine, log} = this.#ports;
		const {failure, kind} = refused;
		const parent = this.#at.parent?.tip;
		await quarantine.keep({...refused, peer: this.#peer.name, parent});
		log.warn('a peer serves what we refuse; it is in the quarantine folder', {
			peer: this.#peer.name,
			kind,
			failure,
		});
		return new NodeError({code, failure, message: `The peer sent a ${kind} that breaks the rules.`});
	}

	/** Boundary blocks wait for the block after them: nobody signed them, so that anybody could fill our disk with them. */
	get #ready(): number {
		return 1 + this.#pending.findLastIndex(judged => !isBoundary(judged));
	}

	/** Fetches the bodies of judged headers, in order; those that another peer is asked for are waited for. */
	async #fetchPending(): Promise<void> {
		const {chain, claims} = this.#ports;
		while (this.#ready > 0) {
			const first = defined(this.#pending[0], 'there is one');
			if (chain.find(first.header.hash) !== undefined) {
				this.#pending.shift();
				continue;
			}
			const busy = claims.of(first.header.hash);
			if (busy !== undefined) {
				await abortable(busy, this.#signal);
				continue;
			}
			const end = this.#pending.findIndex(
				({header: {hash}}) => claims.of(hash) !== undefined || chain.find(hash) !== undefined,
			);
			const run = this.#pending.slice(0, end < 0 ? this.#ready : Math.min(end, this.#ready));
			await claims.during(
				run.map(({header}) => header.hash),
				() => this.#fetch(run),
			);
			this.#pending = this.#pending.slice(run.length);
		}
	}

	async #fetch(run: readonly JudgedHeader[]): Promise<void> {
		const {header: from} = defined(run[0], 'there is one');
		const {header: to} = defined(run.at(-1), 'there is one');
		let taken = 0;
		const outcome = await this.#peer.blockFetch.fetchRange(
			{from: {slot: from.slot, hash: from.hash}, to: {slot: to.slot, hash: to.hash}},
			async bytes => {
				const judged = run[taken++];
				if (judged === undefined) throw this.#batchWrong();
				await this.#takeBlock(judged, bytes);
			},
			{signal: this.#signal},
		);
		if (outcome === 'noBlocks')
			throw new NodeError({
				code: 'SYNC_BODIES_WITHHELD',
				message: 'The peer tells of blocks and does not have them.',
			});
		if (taken !== run.length) throw this.#batchWrong();
	}

	#batchWrong(): NodeError {
		return new NodeError({
			code: 'SYNC_BATCH_WRONG',
			message: 'The peer sent more or fewer blocks than it was asked for.',
		});
	}

	async #takeBlock(judged: JudgedHeader, bytes: Uint8Array): Promise<void> {
		const {rules, chain} = this.#ports;
		const parent = chain.parentAt(judged.header.prevHash);
		const block = judgeCardanoBlock(rules, parent, judged, bytes);
		if (!block.ok) throw await this.#refuseBlock(judged, bytes, block.error);
		await chain.take(block.value, bytes);
	}

	#refuseBlock(judged: JudgedHeader, bytes: Uint8Array, failure: CardanoBlockFailure): Promise<NodeError> {
		const tag = headerTagOf(judged.era) + (isBoundary(judged) ? 0 : 1);
		return this.#refuse({kind: 'block', tag, bytes, failure}, 'SYNC_BLOCK_REFUSED');
	}
}
