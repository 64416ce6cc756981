import type {Hasher} from '#crypto/crypto';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {parseAddress} from '#onchain/cardano/address';
import {type CardanoTransaction, decodeTransaction} from '#onchain/cardano/transaction';
import {DevnetChain, type Fork} from './devnet-chain.ts';
import {DevnetLedger, type Fund, type LedgerRefusal, type TimeBase} from './devnet-ledger.ts';
import type {DevnetGenesis, DevnetLog} from './devnet-log.ts';

export type SubmitFailure =
	| LedgerRefusal
	| {
			readonly code: 'CARDANO_TRANSACTION_UNREADABLE' | 'CARDANO_TRANSACTION_DECLARES_FAILURE';
			readonly cbor?: CborFailure;
	  };

type Accepted = {readonly slot: number; readonly transaction: CardanoTransaction};

const fundsOf = (genesis: DevnetGenesis): readonly Fund[] =>
	genesis.funds.map(({address, lovelace}) => {
		const parsed = parseAddress(address);
		if (!parsed.ok)
			throw new NodeError({
				code: 'CARDANO_DEVNET_ADDRESS_INVALID',
				message: `${address} is not a Cardano address: ${parsed.error.code}.`,
				address,
			});
		return {address: parsed.value, lovelace: BigInt(lovelace)};
	});

/** A Cardano network of one process: the ledger judges, the chain links and indexes, the log remembers. */
export class Devnet {
	readonly genesis: DevnetGenesis;
	readonly genesisHash: Hash32;
	readonly #hasher: Hasher;
	readonly #log: DevnetLog;
	readonly #funds: readonly Fund[];
	/** Every transaction of the chain and of the block being made, in order. */
	#accepted: Accepted[] = [];
	#pending: CardanoTransaction[] = [];
	#forks: readonly Fork[] = [];
	#rollbacks = 0;
	#chain: DevnetChain;
	#ledger: DevnetLedger;

	constructor(hasher: Hasher, log: DevnetLog) {
		this.#hasher = hasher;
		this.#log = log;
		this.genesis = log.genesis;
		this.genesisHash = hasher.blake2b256(encodeUtf8(JSON.stringify(log.genesis)));
		this.#funds = fundsOf(log.genesis);
		this.#chain = new DevnetChain(hasher, {genesisHash: this.genesisHash, funds: this.#funds, forks: []});
		this.#ledger = this.#emptyLedger();
		for (const event of log.events) {
			if (event.kind === 'transaction') this.#replay(event.slot, event.bytes);
			else if (event.kind === 'advance') this.advanceTo(event.slot);
			else this.#undoAfter(event.slot);
		}
	}

	get chain(): DevnetChain {
		return this.#chain;
	}

	get time(): TimeBase {
		return this.genesis;
	}

	get pendingCount(): number {
		return this.#pending.length;
	}

	/** Undefined when no such script account is registered. */
	scriptRewards(scriptHash: string): bigint | undefined {
		return this.#ledger.scriptRewards(scriptHash);
	}

	/** Makes every block up to that of `slot`. */
	advanceTo(slot: number): void {
		while (this.#chain.tip.slot < slot) {
			this.#chain.append(this.#pending);
			this.#pending = [];
		}
		this.#ledger.setSlot(this.#chain.tip.slot + 1);
	}

	/** `advanceTo` for slots that no clock makes again after a restart. */
	advanceByHand(slots: number): void {
		const slot = this.#chain.tip.slot + slots;
		this.#log.append({kind: 'advance', slot});
		this.advanceTo(slot);
	}

	/** Takes a transaction into the next block, or says why not. It is on disk when this returns. */
	submit(bytes: Uint8Array): Result<Hash32, SubmitFailure> {
		const decoded = decodeTransaction(this.#hasher, bytes);
		if (!decoded.ok) return err({code: 'CARDANO_TRANSACTION_UNREADABLE', cbor: decoded.error});
		// A node takes such a transaction only to collect its collateral; nobody here has a use for that.
		if (!decoded.value.isValid) return err({code: 'CARDANO_TRANSACTION_DECLARES_FAILURE'});
		const judged = this.#ledger.submit(bytes, decoded.value.id);
		if (!judged.ok) return judged;
		const {slot} = this.#chain.tip;
		this.#record(slot + 1, bytes);
		this.#accept({slot: slot + 1, transaction: decoded.value});
		return ok(decoded.value.id);
	}

	/** Undoes the last `blocks` blocks and what waited for the next; their transactions are forgotten. */
	rollback(blocks: number): void {
		const slot = Math.max(0, this.#chain.tip.slot - blocks);
		this.#log.append({kind: 'rollback', slot});
		this.#undoAfter(slot);
	}

	close(): void {
		this.#log.close();
	}

	/** What cannot be written did not happen. */
	#record(slot: number, bytes: Uint8Array): void {
		try {
			this.#log.append({kind: 'transaction', slot, bytes});
		} catch (error) {
			const {slot: tip} = this.#chain.tip;
			this.#rebuild();
			this.advanceTo(tip);
			throw error;
		}
	}

	#accept(accepted: Accepted): void {
		this.#accepted.push(accepted);
		this.#pending.push(accepted.transaction);
	}

	#replay(slot: number, bytes: Uint8Array): void {
		const decoded = decodeTransaction(this.#hasher, bytes);
		this.advanceTo(slot - 1);
		const judged = decoded.ok ? this.#ledger.submit(bytes, decoded.value.id) : decoded;
		if (!decoded.ok || !judged.ok || slot !== this.#chain.tip.slot + 1)
			throw new NodeError({
				code: 'CARDANO_DEVNET_REPLAY_FAILED',
				message: `The devnet's log does not replay at slot ${slot}: start with an empty data folder.`,
				slot,
				reason: judged.ok ? 'slots out of order' : judged.error,
			});
		this.#accept({slot, transaction: decoded.value});
	}

	#undoAfter(slot: number): void {
		this.#accepted = this.#accepted.filter(accepted => accepted.slot <= slot);
		this.#forks = [
			...this.#forks.filter(fork => fork.fromSlot <= slot),
			{fromSlot: slot + 1, number: ++this.#rollbacks},
		];
		this.#rebuild();
		this.advanceTo(slot);
	}

	/** A ledger cannot step back, so it is made again from the transactions that stay. */
	#rebuild(): void {
		const accepted = this.#accepted;
		this.#accepted = [];
		this.#pending = [];
		this.#chain = new DevnetChain(this.#hasher, {
			genesisHash: this.genesisHash,
			funds: this.#funds,
			forks: this.#forks,
		});
		this.#ledger = this.#emptyLedger();
		for (const {slot, transaction} of accepted) this.#replay(slot, transaction.bytes);
	}

	#emptyLedger(): DevnetLedger {
		const ledger = new DevnetLedger(this.#funds, this.time);
		ledger.setSlot(1);
		return ledger;
	}
}
