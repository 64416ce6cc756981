import {epochOf, slotAt} from '#consensus/time';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, TxId} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {decodeBody} from '#ledger/block/block-body';
import type {TickContext} from '#ledger/block/block-context';
import {openBlockDraft} from '#ledger/block/build-body';
import type {LedgerEnv} from '#ledger/environment';
import {tickLedger} from '#ledger/epoch/tick';
import type {Draft} from '#ledger/state/draft';
import {checkTransaction} from '#ledger/tx/apply-transaction';
import {decodeTransaction, encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import type {TxError} from '#ledger/tx/tx-error';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {ChainService} from '../chain/chain-service.ts';
import type {ChainSwitch} from '../chain/switch-chain.ts';
import {Notifier} from '../notifier.ts';
import {Newest} from './newest.ts';
import {type PooledTransaction, PooledTransactions, type TransactionOrigin} from './pooled-transactions.ts';
import {rememberingSignatures} from './verified-signatures.ts';

export type MempoolError =
	| TxError
	| {readonly code: 'MEMPOOL_HAS_IT'; readonly txId: TxId}
	/** A block of the chain has it already. */
	| {readonly code: 'MEMPOOL_IN_CHAIN'; readonly txId: TxId}
	/** And nothing in it may go for this one. */
	| {readonly code: 'MEMPOOL_FULL'; readonly bytesMax: number}
	/** One peer's transactions may fill half of the mempool, and be so many. */
	| {
			readonly code: 'MEMPOOL_PEER_QUOTA';
			readonly peer: string;
			readonly bytesMax: number;
			readonly countMax: number;
	  };

export type MempoolPorts = {
	readonly chain: ChainService;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

export type MempoolOptions = {
	/** Default: twice what a block's body may have. */
	readonly bytesMax?: number;
	/** Transactions of one peer. Default: 256. */
	readonly peerCountMax?: number;
};

const PEER_COUNT_MAX = 256;
const REASONS_KEPT = 10_000;
/** Transactions of blocks that are remembered: those of the newest few hundred blocks. */
const ADOPTED_KEPT = 20_000;
/** When it is full, this part is made free at once: others are looked at again after that, so it must not be often. */
const FREED_PART = 16;

const isOf = (sender: AccountId | null, {body}: Transaction): boolean =>
	sender !== null && body.sender !== null && equalBytes(sender, body.sender);

type Running = {
	readonly draft: Draft;
	slot: Slot /** The first slot in which one of them is no longer valid. */;
	expiresAt: number;
};

/** Valid transactions that wait for a block, in the order of their arrival, each on top of those before it. */
export class Mempool {
	readonly #ports: MempoolPorts;
	readonly #env: LedgerEnv;
	readonly #bytesMax: number;
	readonly #peerCountMax: number;
	readonly #pool = new PooledTransactions();
	/** Why transactions were refused or let go, by id. */
	readonly #reasons = new Newest<string>(REASONS_KEPT);
	readonly #adopted = new Newest<true>(ADOPTED_KEPT);
	readonly #added = new Notifier<PooledTransaction>();
	/** The ledger with all of them applied; undefined when the chain has moved on. */
	#running: Running | undefined;
	#arrivals = 0;

	constructor(
		ports: MempoolPorts,
		{
			signal,
			bytesMax = 2 * ports.chain.network.params.bodyBytesMax,
			peerCountMax = PEER_COUNT_MAX,
		}: MempoolOptions & {readonly signal: AbortSignal},
	) {
		const {env} = ports.chain.network;
		this.#ports = ports;
		this.#env = {...env, crypto: rememberingSignatures(env.crypto)};
		this.#bytesMax = bytesMax;
		this.#peerCountMax = peerCountMax;
		ports.chain.onSwitch(change => this.#follow(change), {signal});
	}

	get count(): number {
		return this.#pool.count;
	}

	get bytes(): number {
		return this.#pool.bytes;
	}

	/** In the order in which a block is to take them. */
	get transactions(): readonly Transaction[] {
		this.#current();
		return this.#pool.all().map(({transaction}) => transaction);
	}

	/** Those that came after an arrival number. */
	arrivedAfter(arrival: number, max: number): readonly PooledTransaction[] {
		const newer = this.#pool.all().filter(pooled => pooled.arrival > arrival);
		return newer.sort((a, b) => a.arrival - b.arrival).slice(0, max);
	}

	find(txId: Uint8Array): PooledTransaction | undefined {
		return this.#pool.find(txId);
	}

	/** Whether a block that is on the chain has it, as far as that is remembered. */
	isAdopted(txId: Uint8Array): boolean {
		return this.#adopted.get(toHex(txId)) === true;
	}

	/** The code under which a transaction was refused or let go, while that is remembered. */
	reasonOf(txId: Uint8Array): string | undefined {
		return this.#reasons.get(toHex(txId));
	}

	/** The sequence that an account's next transaction must carry. */
	nextSequence(account: AccountId): number {
		return this.#current().draft.get('accounts', toHex(account))?.sequence ?? 0;
	}

	onAdded(listener: (pooled: PooledTransaction) => void, options: {readonly signal: AbortSignal}): void {
		this.#added.on(listener, options);
	}

	async nextArrival(options: {readonly signal: AbortSignal}): Promise<void> {
		await this.#added.next(options);
	}

	/** Judges a transaction in its wire form and keeps it if it could be in the next block. */
	submit(bytes: Uint8Array, origin: TransactionOrigin): Result<TxId, MempoolError> {
		if (origin !== 'local') this.#ports.metrics.increment('dcloud_transactions_from_peers_total');
		const decoded = decodeTransaction(this.#env, bytes);
		if (!decoded.ok) return this.#refused(undefined, decoded.error);
		const {id} = decoded.value;
		if (this.find(id) !== undefined) return err({code: 'MEMPOOL_HAS_IT', txId: id});
		if (this.isAdopted(id)) return err({code: 'MEMPOOL_IN_CHAIN', txId: id});
		const excess = this.#excessOf(decoded.value, origin) ?? this.#crowdOf(decoded.value);
		if (excess !== undefined) return this.#refused(undefined, excess);
		const running = this.#current();
		const place = {slot: running.slot, blockNo: this.#nextBlockNo()};
		const checked = checkTransaction(this.#env, running.draft, place, bytes);
		if (!checked.ok) return this.#refused(id, checked.error);
		this.#keep(checked.value, bytes, origin);
		if (this.find(id) === undefined)
			return this.#refused(id, {code: 'MEMPOOL_FULL', bytesMax: this.#bytesMax});
		return ok(id);
	}

	#refused(txId: TxId | undefined, error: MempoolError): Result<never, MempoolError> {
		this.#ports.metrics.increment('dcloud_transactions_refused_total');
		if (txId !== undefined) this.#reasons.put(toHex(txId), error.code);
		return err(error);
	}

	#excessOf({size}: Transaction, origin: TransactionOrigin): MempoolError | undefined {
		if (origin === 'local') return undefined;
		const {peer} = origin;
		const {count, bytes} = this.#pool.shareOf(peer);
		const bytesMax = this.#bytesMax / 2;
		return count < this.#peerCountMax && bytes + size <= bytesMax
			? undefined
			: {code: 'MEMPOOL_PEER_QUOTA', peer, bytesMax, countMax: this.#peerCountMax};
	}

	/** Asked before it is judged: whoever would have to go for it goes only for a good one. */
	#crowdOf({size, body: {sender}}: Transaction): MempoolError | undefined {
		const excess = this.bytes + size - this.#bytesMax;
		if (excess <= 0) return undefined;
		let loose = 0;
		for (const {transaction} of this.#pool.loose()) if (!isOf(sender, transaction)) loose += transaction.size;
		return loose >= excess ? undefined : {code: 'MEMPOOL_FULL', bytesMax: this.#bytesMax};
	}

	/** `transaction` is applied to the running draft. */
	#keep(transaction: Transaction, bytes: Uint8Array, origin: TransactionOrigin): void {
		const pooled = {transaction, bytes, origin, arrival: ++this.#arrivals};
		this.#pool.add(pooled);
		this.#reasons.delete(toHex(transaction.id));
		const running = this.#running;
		if (running !== undefined)
			running.expiresAt = Math.min(running.expiresAt, transaction.body.validUntil ?? running.expiresAt);
		if (this.bytes > this.#bytesMax) this.#makeRoom(transaction);
		this.#report();
		this.#added.notify(pooled);
	}

	#letGo(txId: TxId, code: string): void {
		if (this.#pool.remove(txId) === undefined) return;
		const {metrics, log} = this.#ports;
		this.#reasons.put(toHex(txId), code);
		metrics.increment('dcloud_transactions_dropped_total');
		log.debug('transaction dropped', {txId, code});
	}

	/** Lets the oldest go, but none that a later one of its sender stands on, until there is room again. */
	#makeRoom(newest?: Transaction): void {
		const enough = this.#bytesMax - Math.floor(this.#bytesMax / FREED_PART);
		for (const {transaction} of this.#pool.loose()) {
			if (this.bytes <= enough) break;
			if (transaction !== newest) this.#letGo(transaction.id, 'MEMPOOL_EVICTED');
		}
		this.#running = undefined;
	}

	#nextBlockNo(): BlockNo {
		const {tip} = this.#ports.chain;
		return BlockNo(tip === 'origin' ? 0 : tip.blockNo + 1);
	}

	/** The next block's slot at the earliest: now, or after the tip. */
	#nextSlot(): Slot {
		const {tip, network} = this.#ports.chain;
		const now = slotAt(network.slots, this.#ports.clock.now()) ?? 0;
		return Slot(Math.max(now, tip === 'origin' ? 0 : tip.slot + 1));
	}

	#tickContext(slot: Slot): TickContext {
		const {tip} = this.#ports.chain;
		const prevHash = tip === 'origin' ? null : tip.hash;
		return {slot, blockNo: this.#nextBlockNo(), prevHash, praosRoot: null};
	}

	/** The ledger with all of them applied, in the current slot. */
	#current(): Running {
		const slot = this.#nextSlot();
		const running = this.#running;
		if (running === undefined || slot >= running.expiresAt) return this.#revalidate(slot);
		if (slot <= running.slot) return running;
		// What is due at the boundary of an epoch is due before any of them is applied.
		const {params} = this.#ports.chain.network;
		if (epochOf(params, slot) !== epochOf(params, running.slot)) return this.#revalidate(slot);
		if (tickLedger(this.#env, running.draft, this.#tickContext(slot)).length > 0)
			return this.#revalidate(slot);
		running.slot = slot;
		return running;
	}

	/**
	 * Applies all transactions again on the chain as it is now; those that fail go. At most two blocks full of them, and
	 * at most once after a change of the chain; their signatures are not verified again.
	 */
	#revalidate(slot: Slot): Running {
		const {ledger} = this.#ports.chain;
		// What came back from blocks may be too much.
		while (this.bytes > this.#bytesMax) this.#makeRoom();
		const draft = openBlockDraft(this.#env, ledger, this.#tickContext(slot));
		const running: Running = {draft, slot, expiresAt: Number.POSITIVE_INFINITY};
		const place = {slot, blockNo: this.#nextBlockNo()};
		for (const {transaction, bytes} of this.#pool.all()) {
			const checked = checkTransaction(this.#env, draft, place, bytes);
			if (checked.ok)
				running.expiresAt = Math.min(running.expiresAt, transaction.body.validUntil ?? running.expiresAt);
			else this.#letGo(transaction.id, checked.error.code);
		}
		this.#running = running;
		this.#report();
		return running;
	}

	/** What came into blocks goes; what was in blocks that left the chain comes back in front. */
	#follow({rolledBack, adopted}: ChainSwitch): void {
		this.#running = undefined;
		const returned = rolledBack.toReversed().flatMap(({body}) => {
			const decoded = body && decodeBody(this.#env, body.block.segments);
			return decoded?.ok === true ? decoded.value.transactions : [];
		});
		for (const {id} of returned) this.#adopted.delete(toHex(id));
		const front = returned.map(transaction => {
			const arrival = ++this.#arrivals;
			return {transaction, bytes: encodeTransaction(transaction), origin: 'local' as const, arrival};
		});
		if (front.length > 0) this.#pool.putInFront(front);
		for (const {effect} of adopted)
			for (const event of effect?.events ?? []) if (event.kind === 'transaction') this.#adopt(event.txId);
		this.#report();
		// Those of them that stayed are to be told of again.
		for (const pooled of front) if (this.find(pooled.transaction.id) === pooled) this.#added.notify(pooled);
	}

	#adopt(txId: TxId): void {
		this.#pool.remove(txId);
		this.#reasons.delete(toHex(txId));
		this.#adopted.put(toHex(txId), true);
	}

	#report(): void {
		this.#ports.metrics.set('cardano_node_metrics_txsInMempool_int', this.count);
		this.#ports.metrics.set('cardano_node_metrics_mempoolBytes_int', this.bytes);
	}
}
