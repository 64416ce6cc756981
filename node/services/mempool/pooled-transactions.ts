import {toHex} from '#kernel/bytes';
import type {TxId} from '#kernel/hash';
import type {Transaction} from '#ledger/tx/transaction';

/** Who brought a transaction: the control API (or a block that left the chain), or a peer by its address. */
export type TransactionOrigin = 'local' | {readonly peer: string};

export type PooledTransaction = {
	readonly transaction: Transaction;
	/** The wire form. */
	readonly bytes: Uint8Array;
	readonly origin: TransactionOrigin;
	/** Grows with every arrival. */
	readonly arrival: number;
};

/** What one peer has in the mempool. */
export type Share = {readonly count: number; readonly bytes: number};

const NOTHING: Share = {count: 0, bytes: 0};

/** Transactions in the order in which a block is to take them, counted. */
export class PooledTransactions {
	readonly #pooled = new Map<string, PooledTransaction>();
	readonly #shares = new Map<string, Share>();
	#bytes = 0;

	get count(): number {
		return this.#pooled.size;
	}

	get bytes(): number {
		return this.#bytes;
	}

	find(txId: Uint8Array): PooledTransaction | undefined {
		return this.#pooled.get(toHex(txId));
	}

	all(): readonly PooledTransaction[] {
		return [...this.#pooled.values()];
	}

	shareOf(peer: string): Share {
		return this.#shares.get(peer) ?? NOTHING;
	}

	add(pooled: PooledTransaction): void {
		this.#pooled.set(toHex(pooled.transaction.id), pooled);
		this.#count(pooled, 1);
	}

	remove(txId: TxId): PooledTransaction | undefined {
		const pooled = this.find(txId);
		if (pooled === undefined) return undefined;
		this.#pooled.delete(toHex(txId));
		this.#count(pooled, -1);
		return pooled;
	}

	/** Before all others, in their order; those that are there already move. */
	putInFront(front: readonly PooledTransaction[]): void {
		for (const {transaction} of front) this.remove(transaction.id);
		const others = this.all();
		this.#pooled.clear();
		for (const pooled of front) this.add(pooled);
		for (const pooled of others) this.#pooled.set(toHex(pooled.transaction.id), pooled);
	}

	/**
	 * Those that no later one of the same sender stands on, from old to new. A transaction without a sender stands
	 * alone.
	 */
	loose(): readonly PooledTransaction[] {
		const last = new Map<string, PooledTransaction>();
		for (const pooled of this.#pooled.values()) {
			const {sender} = pooled.transaction.body;
			if (sender !== null) last.set(toHex(sender), pooled);
		}
		return this.all().filter(pooled => {
			const {sender} = pooled.transaction.body;
			return sender === null || last.get(toHex(sender)) === pooled;
		});
	}

	#count({transaction, origin}: PooledTransaction, sign: 1 | -1): void {
		this.#bytes += sign * transaction.size;
		if (origin === 'local') return;
		const {count, bytes} = this.shareOf(origin.peer);
		const share = {count: count + sign, bytes: bytes + sign * transaction.size};
		if (share.count === 0) this.#shares.delete(origin.peer);
		else this.#shares.set(origin.peer, share);
	}
}
