import type {LeaderProof} from '#consensus/forge/leader-proof';
import {kesPeriodOf, slotAt, slotStartMs} from '#consensus/time';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {Clock} from '#node/ports/clock';
import type {ForgingView} from '#node/ports/control-api';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {SigningGuard} from '#node/ports/signing-guard';
import type {ChainService} from '../chain/chain-service.ts';
import type {Parent} from '../chain/chain-state.ts';
import type {MainChainWatcher} from '../main-chain-watcher.ts';
import type {Mempool} from '../mempool/mempool.ts';
import {Notifier} from '../notifier.ts';
import {onBuildingSite, transactionsOfTip} from './building-site.ts';
import {CardanoNews, isSameReference} from './cardano-news.ts';
import {DoubleSigningWatch} from './double-signing.ts';
import {type ForgedBlock, forgeBlock} from './forge-block.ts';
import {ForgeFigures} from './forge-figures.ts';
import type {ForgeOutcome} from './forge-outcome.ts';
import {HotKey} from './hot-key.ts';
import {Leadership} from './leadership.ts';

export type ForgePorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly chain: ChainService;
	readonly mempool: Pick<Mempool, 'transactions'>;
	readonly mainChain: Pick<MainChainWatcher, 'segmentAfter'>;
	readonly keys: ForgingKeys;
	readonly guard: SigningGuard;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
	/**
	 * Whether we have the chain that our peers have. Not whether the tip is young: a network that stood still could
	 * never start again.
	 */
	readonly isSynced: () => boolean;
};

export type ForgeOptions = {
	/** How long a block waits for Cardano's news. Default: half a slot. */
	readonly cardanoWaitMs?: number;
};

export type Forge = {
	/** Forges slot after slot; resolves when the signal has aborted and nothing is under way any more. Once. */
	run(options: {readonly signal: AbortSignal}): Promise<void>;
	view(): ForgingView;
	/** Calls with every outcome until the signal aborts. */
	onOutcome(listener: (outcome: ForgeOutcome) => void, options: {readonly signal: AbortSignal}): void;
};

type Signalled = {readonly signal: AbortSignal};

/** One run of a producer. */
class Producer {
	readonly #ports: ForgePorts;
	readonly #cardanoWaitMs: number;
	readonly #leadership: Leadership;
	readonly #hotKey: HotKey;
	readonly #watch: DoubleSigningWatch;
	readonly #news: CardanoNews;
	readonly #tell: (outcome: ForgeOutcome) => void;
	/** The slot that we know ourselves to lead. */
	#ledSlot: Slot | undefined;

	constructor(
		ports: ForgePorts,
		{hotKey, cardanoWaitMs}: {readonly hotKey: HotKey; readonly cardanoWaitMs: number},
		tell: (outcome: ForgeOutcome) => void,
	) {
		const {crypto, chain, keys, clock} = ports;
		this.#ports = ports;
		this.#cardanoWaitMs = cardanoWaitMs;
		this.#hotKey = hotKey;
		this.#leadership = new Leadership(crypto, chain.network, keys);
		const startSlot = slotAt(chain.network.slots, clock.now());
		this.#watch = new DoubleSigningWatch(ports, {issuerVk: keys.issuerVk, startSlot});
		this.#news = new CardanoNews(ports);
		this.#tell = tell;
	}

	/** False when nothing will be forged until the operator has done something. */
	get isEnabled(): boolean {
		return this.#watch.intruder === undefined && this.#hotKey.isUsable;
	}

	/** Everything that happens in one slot. */
	async slot(slot: Slot, options: Signalled): Promise<void> {
		try {
			const outcome = await this.#slot(slot, options);
			if (!outcome.ok) this.#couldNot(slot, outcome.error);
		} catch (error) {
			// The world failed (disk): the next slot may do better. Whoever owns what failed decides whether to stop.
			if (!(error instanceof NodeError)) throw error;
			this.#ports.log.error('forging failed', {slot, error});
			this.#couldNot(slot, {code: error.code});
		}
	}

	#couldNot(slot: Slot, failure: Failure): void {
		this.#tell({kind: 'could-not-forge', slot, failure, isLeader: this.#ledSlot === slot});
	}

	async #slot(slot: Slot, options: Signalled): Promise<Result<undefined>> {
		const key = await this.#hotKey.advanceTo(slot);
		this.#watch.look();
		const {intruder} = this.#watch;
		if (intruder !== undefined) return err(intruder);
		if (!this.#ports.isSynced()) return err({code: 'FORGE_NOT_SYNCED'});
		const lead = this.#lead(slot);
		if (!lead.ok) return lead;
		const {proof, parent} = lead.value;
		if (proof === undefined) {
			this.#tell({kind: 'not-leader', slot});
			return ok(undefined);
		}
		this.#ledSlot = slot;
		this.#tell({kind: 'leader', slot});
		if (!key.ok) return key;
		const mcRef = defined(parent.mcRef, 'the body of a parent is there');
		const untilMs = this.#ports.clock.now() + this.#cardanoWaitMs;
		const news = await this.#news.since(mcRef, {untilMs, ...options});
		if (options.signal.aborted) return err({code: 'FORGE_STOPPING'});
		return this.#forge(slot, news, parent);
	}

	#lead(slot: Slot): Result<{readonly proof: LeaderProof | undefined; readonly parent: Parent}> {
		const looked = onBuildingSite(this.#ports.chain, slot, ({ledger, parent}) => {
			this.#tell({kind: 'about-to-lead', slot});
			const proof = this.#leadership.proofFor(slot, ledger, parent);
			return proof.ok ? ok({proof: proof.value, parent}) : proof;
		});
		return looked.ok ? looked.value : looked;
	}

	/** Uses the slot up on disk, then makes the block on what is the chain by then. */
	async #forge(slot: Slot, news: MainChainSegment, newsFor: Parent): Promise<Result<undefined>> {
		const allowed = this.#watch.check(slot);
		if (!allowed.ok) return allowed;
		await this.#watch.record(slot);
		const made = this.#make(slot, news, newsFor);
		if (!made.ok) return made;
		const {header, bytes, body, withheld, isSibling} = made.value;
		if (withheld !== undefined)
			this.#ports.log.error('the ledger refuses what Cardano says', {slot, failure: withheld});
		for (const {txId, error} of body.rejected)
			this.#ports.log.debug('transaction left out', {txId, code: error.code});
		const {hash, blockNo} = header;
		this.#watch.signed(header);
		this.#tell({kind: 'forged', slot, hash, blockNo, transactions: body.included.length, isSibling});
		const verdict = await this.#ports.chain.considerBlock(bytes);
		if (!verdict.ok) this.#tell({kind: 'invalid', slot, hash, failure: verdict.error});
		else this.#tell({kind: verdict.value === 'adopted' ? 'adopted' : 'not-adopted', slot, hash});
		return ok(undefined);
	}

	/** Synchronous, so that neither chain nor mempool moves between the choice of the parent and the signature. */
	#make(
		slot: Slot,
		news: MainChainSegment,
		newsFor: Parent,
	): Result<ForgedBlock & {readonly isSibling: boolean}> {
		const {chain, mempool, keys} = this.#ports;
		// Read before the ledger is taken back: the mempool stands on the tip.
		const [pooled, ofTip] = [mempool.transactions, transactionsOfTip(chain)];
		const made = onBuildingSite(chain, slot, ({ledger, parent, isSibling}) => {
			const proof = this.#leadership.proofFor(slot, ledger, parent);
			if (!proof.ok) return proof;
			if (proof.value === undefined) return err({code: 'FORGE_CHAIN_SWITCHED', slot});
			const mcRef = defined(parent.mcRef, 'the body of a parent is there');
			const isStillRight = newsFor.mcRef !== undefined && isSameReference(newsFor.mcRef, mcRef);
			const block = forgeBlock(chain.network, ledger, parent, {
				keys,
				slot,
				proof: proof.value,
				transactions: isSibling ? [...ofTip, ...pooled] : pooled,
				mainChain: isStillRight ? news : {mcRef, events: []},
			});
			return block.ok ? ok({...block.value, isSibling}) : block;
		});
		return made.ok ? made.value : made;
	}
}

/** Makes blocks in the slots that the pool of the keys leads. */
export const createForge = (ports: ForgePorts, options: ForgeOptions = {}): Forge => {
	const {chain, clock, keys, log, metrics, crypto} = ports;
	const {params, slots} = chain.network;
	const poolId = toHex(crypto.blake2b224(keys.issuerVk));
	const hotKey = new HotKey(ports, params);
	const figures = new ForgeFigures({log, metrics});
	const outcomes = new Notifier<ForgeOutcome>();
	let producer: Producer | undefined;

	const tell = (outcome: ForgeOutcome): void => {
		figures.count(outcome);
		outcomes.notify(outcome);
	};
	const run = async ({signal}: Signalled): Promise<void> => {
		assert(producer === undefined, 'a forge runs once');
		const cardanoWaitMs = options.cardanoWaitMs ?? slots.slotLengthMs / 2;
		producer = new Producer(ports, {hotKey, cardanoWaitMs}, tell);
		let last = slotAt(slots, clock.now()) ?? -1;
		while (!signal.aborted) {
			const nextMs = slotStartMs(slots, Slot(last + 1));
			await clock.waitUntil(nextMs, {signal}).catch(() => undefined);
			const now = slotAt(slots, clock.now());
			if (signal.aborted || now === undefined || now <= last) continue;
			// Slots that went by while the process was held up are gone.
			last = now;
			await producer.slot(now, {signal});
		}
	};
	return {
		run,
		view: () => {
			const slot = slotAt(slots, clock.now()) ?? Slot(0);
			return {
				enabled: producer?.isEnabled ?? true,
				poolId,
				...figures.figures,
				kesPeriod: kesPeriodOf(params, slot),
				kesPeriodsLeft: hotKey.periodsLeft(slot),
			};
		},
		onOutcome: (listener, listening) => outcomes.on(listener, listening),
	};
};
