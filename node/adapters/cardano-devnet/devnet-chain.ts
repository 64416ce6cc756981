import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {concat, toHex, u32be, u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import type {CardanoOutput, CardanoTransaction, ReferenceScript} from '#onchain/cardano/transaction';
import {type Fund, GENESIS_TX_ID} from './devnet-ledger.ts';

/** An output and where on the chain it was created and spent. */
export type ChainOutput = {
	readonly txId: Hash32;
	readonly index: number;
	/** Position of its transaction in its block. */
	readonly transactionIndex: number;
	readonly output: CardanoOutput;
	readonly createdAt: McRef;
	spentAt: McRef | undefined;
};

/** From this slot on, blocks belong to the fork of that number. */
export type Fork = {readonly fromSlot: number; readonly number: number};

export type ChainOrigin = {
	readonly genesisHash: Hash32;
	readonly funds: readonly Fund[];
	/** In order of their slots. */
	readonly forks: readonly Fork[];
};

const keyOf = (txId: Uint8Array, index: number): string => `${toHex(txId)}#${index}`;

const HASH_LENGTH = 32;

/**
 * One block for every slot, empty ones too, each linked to the one before:
 * hash = blake2b-256(previous hash | slot u64be | fork u32be | transaction ids).
 * `fork` is the number of the last rollback below that slot, so that a slot made anew has another hash.
 */
export class DevnetChain {
	readonly #hasher: Hasher;
	/** The hash of slot n stands at 32 n. A day of slots is under 3 MB. */
	#hashes: Uint8Array;
	#length = 0;
	readonly #outputs = new Map<string, ChainOutput>();
	readonly #datums = new Map<string, Uint8Array>();
	readonly #scripts = new Map<string, ReferenceScript>();
	readonly #forks: readonly Fork[];
	transactionCount = 0;

	constructor(hasher: Hasher, {genesisHash, funds, forks}: ChainOrigin) {
		this.#hasher = hasher;
		this.#forks = forks;
		this.#hashes = new Uint8Array(HASH_LENGTH * 1024);
		this.#append(genesisHash, []);
		const createdAt = this.tip;
		for (const [index, {address, lovelace}] of funds.entries()) {
			const output: CardanoOutput = {
				address,
				value: {lovelace, assets: new Map()},
				datum: {kind: 'none'},
			};
			this.#create({txId: GENESIS_TX_ID, index, transactionIndex: 0, output, createdAt, spentAt: undefined});
		}
	}

	get tip(): McRef {
		return this.blockOf(this.#length - 1);
	}

	/** The block at or before `slot`. */
	blockOf(slot: number): McRef {
		const at = Math.min(slot, this.#length - 1);
		return {slot: at, hash: Hash32(this.#hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH))};
	}

	/** Makes the block of the next slot. */
	append(transactions: readonly CardanoTransaction[]): void {
		this.#append(
			this.tip.hash,
			transactions.map(({id}) => id),
		);
		const createdAt = this.tip;
		for (const [transactionIndex, {id, inputs, outputs}] of transactions.entries()) {
			for (const {txId, index} of inputs)
				defined(this.#outputs.get(keyOf(txId, index)), 'the ledger lets known outputs be spent').spentAt =
					createdAt;
			for (const [index, output] of outputs.entries())
				this.#create({txId: id, index, transactionIndex, output, createdAt, spentAt: undefined});
		}
		this.transactionCount += transactions.length;
	}

	outputs(): IterableIterator<ChainOutput> {
		return this.#outputs.values();
	}

	datum(hash: string): Uint8Array | undefined {
		return this.#datums.get(hash);
	}

	script(hash: string): ReferenceScript | undefined {
		return this.#scripts.get(hash);
	}

	datumHash(output: CardanoOutput): Hash32 | undefined {
		if (output.datum.kind === 'none') return undefined;
		return output.datum.kind === 'hash' ? output.datum.hash : this.#hasher.blake2b256(output.datum.bytes);
	}

	scriptHash({language, bytes}: ReferenceScript): string {
		const tags = {native: 0, 'plutus:v1': 1, 'plutus:v2': 2, 'plutus:v3': 3};
		return toHex(this.#hasher.blake2b224(Uint8Array.of(tags[language]), bytes));
	}

	#create(created: ChainOutput): void {
		const {datum, script} = created.output;
		this.#outputs.set(keyOf(created.txId, created.index), created);
		if (datum.kind === 'inline') this.#datums.set(toHex(this.#hasher.blake2b256(datum.bytes)), datum.bytes);
		if (script !== undefined) this.#scripts.set(this.scriptHash(script), script);
	}

	#append(previous: Hash32, transactionIds: readonly Hash32[]): void {
		const fork = this.#forks.findLast(({fromSlot}) => fromSlot <= this.#length)?.number ?? 0;
		const parts = [previous, u64be(this.#length), u32be(fork), ...transactionIds];
		const hash = this.#hasher.blake2b256(...parts);
		if ((this.#length + 1) * HASH_LENGTH > this.#hashes.length)
			this.#hashes = concat(this.#hashes, new Uint8Array(this.#hashes.length));
		this.#hashes.set(hash, this.#length * HASH_LENGTH);
		this.#length++;
	}
}
