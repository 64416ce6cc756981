import type {LeaderProof} from '#consensus/forge/leader-proof';
import {slotAt} from '#consensus/time';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {Parent} from '../chain/chain-state.ts';
import {onBuildingSite, transactionsOfTip} from './building-site.ts';
import {CardanoNews, isSameReference} from './cardano-news.ts';
import {DoubleSigningWatch} from './double-signing.ts';
import {type ForgedBlock, forgeBlock} from './forge-block.ts';
import type {ForgeOutcome} from './forge-outcome.ts';
import type {ForgePorts} from './forge-ports.ts';
import type {HotKey} from './hot-key.ts';
import {Leadership} from './leadership.ts';

type Signalled = {readonly signal: AbortSignal};

export type ProducerOptions = {
	readonly hotKey: HotKey;
	readonly cardanoWaitMs: number;
	/** Whether to begin without signing anything. */
	readonly standby: boolean;
	/** Whose place it takes in this process, with other keys of the same pool. It signs nothing any more. */
	readonly before?: Producer | undefined;
};

/** What one process does in the slots that come. */
export class Producer {
	readonly #ports: ForgePorts;
	readonly #cardanoWaitMs: number;
	readonly #leadership: Leadership;
	readonly #hotKey: HotKey;
	readonly #watch: DoubleSigningWatch;
	readonly #news: CardanoNews;
	readonly #tell: (outcome: ForgeOutcome) => void;
	/** The slot that we know ourselves to lead. */
	#ledSlot: Slot | undefined;
	#isStandby: boolean;
	/** What is being done in a slot. */
	#work: Promise<void> = Promise.resolve();

	constructor(
		ports: ForgePorts,
		{hotKey, cardanoWaitMs, standby, before}: ProducerOptions,
		tell: (outcome: ForgeOutcome) => void,
	) {
		const {crypto, chain, keys} = ports;
		this.#ports = ports;
		this.#cardanoWaitMs = cardanoWaitMs;
		this.#hotKey = hotKey;
		this.#leadership = new Leadership(crypto, chain.network, keys);
		this.#watch = new DoubleSigningWatch(ports, {params: chain.network.params, startSlot: this.#now});
		this.#isStandby = standby;
		const goesOn = before !== undefined && this.#watch.succeed(before.#watch);
		if (!standby && !goesOn) this.#watch.arm(this.#now);
		this.#news = new CardanoNews(ports);
		this.#tell = tell;
	}

	get isStandby(): boolean {
		return this.#isStandby;
	}

	/** False when nothing will be forged until the operator has done something. */
	get isEnabled(): boolean {
		return !this.#isStandby && this.#watch.refusal === undefined && this.#hotKey.isUsable;
	}

	/** Notices from now on what the chain shows of our keys. */
	listen(options: Signalled): void {
		this.#watch.listen(options);
	}

	/** Forges from the third slot after this one on. One that stopped because of another host begins again. */
	promote(): void {
		if (this.isEnabled) return;
		this.#isStandby = false;
		this.#watch.arm(this.#now);
		this.#ports.log.info('this node forges from now on', {slot: this.#now});
	}

	/** Signs nothing more when it resolves. */
	async demote(): Promise<void> {
		if (!this.#isStandby) this.#ports.log.info('this node stands by from now on', {slot: this.#now});
		this.#isStandby = true;
		await this.#work;
		this.#watch.disarm();
	}

	/** Everything that happens in one slot. */
	slot(slot: Slot, options: Signalled): Promise<void> {
		this.#work = this.#inSlot(slot, options);
		return this.#work;
	}

	/** The clock was set back: `slot` has been, or the clock has shown a later one. Nothing is signed. */
	slotAgain(slot: Slot, highestSlot: Slot): void {
		this.#couldNot(slot, {code: 'FORGE_CLOCK_MOVED_BACK', slot, highestSlot});
	}

	get #now(): Slot | undefined {
		return slotAt(this.#ports.chain.network.slots, this.#ports.clock.now());
	}

	async #inSlot(slot: Slot, options: Signalled): Promise<void> {
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

	#couldNot<F extends Failure>(slot: Slot, failure: F): void {
		this.#tell({kind: 'could-not-forge', slot, failure, isLeader: this.#ledSlot === slot});
	}

	async #slot(slot: Slot, options: Signalled): Promise<Result<undefined>> {
		const key = await this.#hotKey.advanceTo(slot);
		this.#watch.look();
		const {refusal} = this.#watch;
		if (refusal !== undefined) return err(refusal);
		if (!this.#ports.isSynced()) return err({code: 'FORGE_NOT_SYNCED'});
		const lead = this.#lead(slot);
		if (!lead.ok) return lead;
		const {proof, parent} = lead.value;
		if (proof === undefined) {
			this.#tell({kind: 'not-leader', slot});
			return ok(undefined);
		}
		if (this.#isStandby) return this.#standBy(slot, key);
		this.#ledSlot = slot;
		this.#tell({kind: 'leader', slot});
		if (!key.ok) return key;
		const mcRef = defined(parent.mcRef, 'the body of a parent is there');
		const untilMs = this.#ports.clock.now() + this.#cardanoWaitMs;
		const news = await this.#news.since(mcRef, {untilMs, ...options});
		if (options.signal.aborted) return err({code: 'FORGE_STOPPING'});
		if (this.#isStandby) return err({code: 'FORGE_DEMOTED', slot});
		return this.#forge(slot, news, parent);
	}

	/** A key that could not sign is told of now, not when this node is needed. */
	#standBy(slot: Slot, key: Result<undefined>): Result<undefined> {
		if (key.ok) this.#tell({kind: 'standby', slot});
		return key;
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
		// Nobody else has it yet.
		const verdict = await this.#ports.chain.considerBlock(bytes, {durable: true});
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
