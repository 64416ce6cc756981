import {slotAt} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import type {AccountId, TxId} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {decodeBody} from '#ledger/block/block-body';
import type {TickContext} from '#ledger/block/block-context';
import {openBlockDraft} from '#ledger/block/build-body';
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

/** Who brought a transaction: the control API, or a peer by its address. */
export type TransactionOrigin = 'local' | {readonly peer: string};

export type MempoolError =
	| TxError
	| {readonly code: 'MEMPOOL_HAS_IT'; readonly txId: TxId}
	/** And nothing in it may go for this one. */
	| {readonly code: 'MEMPOOL_FULL'; readonly bytesMax: number}
	/** One peer's transactions may fill half of the mempool. */
	| {readonly code: 'MEMPOOL_PEER_QUOTA'; readonly peer: string; readonly bytesMax: number};

export type PooledTransaction = {
	readonly transaction: Transaction;
	/** The wire form. */
	readonly bytes: Uint8Array;
	readonly origin: TransactionOrigin;
	/** Grows with every arrival. */
	readonly arrival: number;
};

export type MempoolPorts = {
	readonly chain: ChainService;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

const REASONS_KEPT = 10_000;

/** Valid transactions that wait for a block, in the order of their arrival, each on top of those before it. */
export class Mempool {
	readonly #ports: MempoolPorts;
	readonly #bytesMax: number;
	readonly #pooled = new Map<string, PooledTransaction>();
	/** Why transactions were refused or let go, by id; the newest ones. */
	readonly #reasons = new Map<string, string>();
	readonly #added = new Notifier<PooledTransaction>();
	/** The ledger with all of them applied; undefined when the chain has moved on. */
	#draft: {readonly draft: Draft; slot: Slot} | undefined;
	#bytes = 0;
	#arrivals = 0;

	constructor(ports: MempoolPorts, {signal}: {readonly signal: AbortSignal}) {
		this.#ports = ports;
		this.#bytesMax = 2 * ports.chain.network.params.bodyBytesMax;
		ports.chain.onSwitch(change => this.#follow(change), {signal});
	}

	get count(): number {
		return this.#pooled.size;
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** In the order in which a block is to take them. */
	get transactions(): readonly Transaction[] {
		this.#currentDraft();
		return [...this.#pooled.values()].map(({transaction}) => transaction);
	}

	/** Those that came after an arrival number. */
	arrivedAfter(arrival: number, max: number): readonly PooledTransaction[] {
		const newer = [...this.#pooled.values()].filter(pooled => pooled.arrival > arrival);
		return newer.sort((a, b) => a.arrival - b.arrival).slice(0, max);
	}

	find(txId: Uint8Array): PooledTransaction | undefined {
		return this.#pooled.get(toHex(txId));
	}

	/** The code under which a transaction was refused or let go, while that is remembered. */
	reasonOf(txId: Uint8Array): string | undefined {
		return this.#reasons.get(toHex(txId));
	}

	/** The sequence that an account's next transaction must carry. */
	nextSequence(account: AccountId): number {
		return this.#currentDraft().draft.get('accounts', toHex(account))?.sequence ?? 0;
	}

	onAdded(listener: (pooled: PooledTransaction) => void, options: {readonly signal: AbortSignal}): void {
		this.#added.on(listener, options);
	}

	async nextArrival(options: {readonly signal: AbortSignal}): Promise<void> {
		await this.#added.next(options);
	}

	/** Judges a transaction in its wire form and keeps it if it could be in the next block. */
	submit(bytes: Uint8Array, origin: TransactionOrigin): Result<TxId, MempoolError> {
		const {env} = this.#ports.chain.network;
		const decoded = decodeTransaction(env, bytes);
		if (!decoded.ok) return this.#refused(undefined, decoded.error);
		const {id, size} = decoded.value;
		if (this.find(id) !== undefined) return err({code: 'MEMPOOL_HAS_IT', txId: id});
		const quota = this.#quotaLeft(origin);
		if (origin !== 'local' && size > quota)
			return err({code: 'MEMPOOL_PEER_QUOTA', peer: origin.peer, bytesMax: this.#bytesMax / 2});
		const {draft, slot} = this.#currentDraft();
		const checked = checkTransaction(env, draft, {slot, blockNo: this.#nextBlockNo()}, bytes);
		if (!checked.ok) return this.#refused(id, checked.error);
		this.#keep(checked.value, bytes, origin);
		if (this.#makeRoom(checked.value)) return ok(id);
		return err({code: 'MEMPOOL_FULL', bytesMax: this.#bytesMax});
	}

	#refused(txId: TxId | undefined, error: TxError): Result<never, MempoolError> {
		this.#ports.metrics.increment('dcloud_transactions_refused_total');
		if (txId !== undefined) this.#remember(txId, error.code);
		return err(error);
	}

	#keep(transaction: Transaction, bytes: Uint8Array, origin: TransactionOrigin): void {
		const pooled = {transaction, bytes, origin, arrival: ++this.#arrivals};
		this.#pooled.set(toHex(transaction.id), pooled);
		this.#reasons.delete(toHex(transaction.id));
		this.#bytes += transaction.size;
		this.#report();
		this.#added.notify(pooled);
	}

	#remove(txId: TxId): void {
		const pooled = this.find(txId);
		if (pooled === undefined) return;
		this.#pooled.delete(toHex(txId));
		this.#bytes -= pooled.transaction.size;
	}

	/**
	 * Lets the oldest go until the rest fits, but none that a later one of its sender stands on. False: there was no
	 * such one, and the newest went itself.
	 */
	#makeRoom(newest: Transaction): boolean {
		if (this.#bytes <= this.#bytesMax) return true;
		for (const {id} of this.#lastOfTheirSenders()) {
			if (this.#bytes <= this.#bytesMax) break;
			if (id === newest.id) continue;
			this.#remove(id);
			this.#remember(id, 'MEMPOOL_EVICTED');
		}
		const fits = this.#bytes <= this.#bytesMax;
		if (!fits) this.#remove(newest.id);
		this.#draft = undefined;
		this.#report();
		return fits;
	}

	/** From old to new. */
	#lastOfTheirSenders(): readonly Transaction[] {
		const transactions = [...this.#pooled.values()].map(({transaction}) => transaction);
		const last = new Map<string, Transaction>();
		for (const transaction of transactions)
			if (transaction.body.sender !== null) last.set(toHex(transaction.body.sender), transaction);
		return transactions.filter(
			transaction =>
				transaction.body.sender === null || last.get(toHex(transaction.body.sender)) === transaction,
		);
	}

	#quotaLeft(origin: TransactionOrigin): number {
		if (origin === 'local') return this.#bytesMax;
		let used = 0;
		for (const pooled of this.#pooled.values())
			if (pooled.origin !== 'local' && pooled.origin.peer === origin.peer) used += pooled.transaction.size;
		return this.#bytesMax / 2 - used;
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

	/** The running draft, brought to the current slot. */
	#currentDraft(): {readonly draft: Draft; readonly slot: Slot} {
		const {env} = this.#ports.chain.network;
		const slot = this.#nextSlot();
		if (this.#draft === undefined) return this.#revalidate(slot);
		if (slot > this.#draft.slot) {
			tickLedger(env, this.#draft.draft, this.#tickContext(slot));
			this.#draft.slot = slot;
		}
		return this.#draft;
	}

	/** Applies all transactions again on the chain as it is now; those that fail go. */
	#revalidate(slot: Slot): {readonly draft: Draft; readonly slot: Slot} {
		const {network, ledger} = this.#ports.chain;
		const draft = openBlockDraft(network.env, ledger, this.#tickContext(slot));
		this.#draft = {draft, slot};
		const place = {slot, blockNo: this.#nextBlockNo()};
		for (const {transaction, bytes} of [...this.#pooled.values()]) {
			const checked = checkTransaction(network.env, draft, place, bytes);
			if (checked.ok) continue;
			this.#remove(transaction.id);
			this.#remember(transaction.id, checked.error.code);
			this.#ports.log.debug('transaction dropped', {txId: transaction.id, code: checked.error.code});
		}
		this.#report();
		return this.#draft;
	}

	/** What came into blocks goes; what was in blocks that left the chain comes back in front. */
	#follow({rolledBack, adopted}: ChainSwitch): void {
		this.#draft = undefined;
		const {env} = this.#ports.chain.network;
		const returned = rolledBack.toReversed().flatMap(({body}) => {
			const decoded = body && decodeBody(env, body.block.segments);
			return decoded?.ok === true ? decoded.value.transactions : [];
		});
		if (returned.length > 0) this.#putInFront(returned);
		for (const {effect} of adopted)
			for (const event of effect?.events ?? []) if (event.kind === 'transaction') this.#remove(event.txId);
		this.#report();
	}

	#putInFront(transactions: readonly Transaction[]): void {
		const others = [...this.#pooled.values()];
		this.#pooled.clear();
		this.#bytes = 0;
		for (const transaction of transactions) this.#keep(transaction, encodeTransaction(transaction), 'local');
		for (const pooled of others) {
			if (this.find(pooled.transaction.id) !== undefined) continue;
			this.#pooled.set(toHex(pooled.transaction.id), pooled);
			this.#bytes += pooled.transaction.size;
		}
	}

	#remember(txId: TxId, code: string): void {
		const oldest = this.#reasons.size < REASONS_KEPT ? undefined : this.#reasons.keys().next().value;
		if (oldest !== undefined) this.#reasons.delete(oldest);
		this.#reasons.set(toHex(txId), code);
	}

	#report(): void {
		this.#ports.metrics.set('cardano_node_metrics_txsInMempool_int', this.count);
		this.#ports.metrics.set('cardano_node_metrics_mempoolBytes_int', this.#bytes);
	}
}
