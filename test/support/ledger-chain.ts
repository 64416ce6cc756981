/**
 * A chain of ledger blocks without consensus: blocks in any slot, by any pool, with made-up contexts. Everything that a
 * block goes through in the node it goes through here; every block is also undone and done again.
 */

import {toHex, u64be} from '#kernel/bytes';
import {type AccountId, Hash32, type HeaderHash, type PoolId} from '#kernel/hash';
import type {MainChainEvent} from '#kernel/main-chain-event';
import type {Result} from '#kernel/result';
import {BlockNo, type Epoch, Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {applyBlock} from '#ledger/block/apply-block';
import {type BodySegments, encodeBody, type MainChainSegment} from '#ledger/block/block-body';
import type {BlockContext} from '#ledger/block/block-context';
import type {BlockError} from '#ledger/block/block-error';
import {epochOf, type LedgerEnv, ledgerEnv} from '#ledger/environment';
import type {LedgerEvent} from '#ledger/events';
import type {Genesis} from '#ledger/genesis/genesis';
import {genesisState} from '#ledger/genesis/genesis-state';
import {parametersAt} from '#ledger/governance/rules-at';
import {applyDiff, type LedgerDiff, undoDiff} from '#ledger/state/diff';
import {keyOf, numberKey} from '#ledger/state/keys';
import {type MutableLedgerState, readerOf} from '#ledger/state/state';
import type {Action} from '#ledger/tx/action';
import {isFeeFree} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {
	feeFreeBody,
	signedTransaction,
	type Transaction,
	type TransactionBody,
	unsignedTransaction,
} from '#ledger/tx/transaction';
import {crypto} from './crypto.ts';

/** An Ed25519 key and the account that it owns. */
export type Party = {
	readonly seed: Uint8Array;
	readonly verificationKey: Uint8Array;
	readonly account: AccountId;
};

/** The party of a name: the same in every test. */
export const party = (name: string): Party => {
	const seed = crypto.blake2b256(encodeUtf8(`party ${name}`));
	const verificationKey = crypto.ed25519VerificationKey(seed);
	return {seed, verificationKey, account: crypto.blake2b224(verificationKey)};
};

/** 32 bytes that a name stands for. */
export const hashOf = (name: string): Hash32 => crypto.blake2b256(encodeUtf8(name));

export type SendOptions = {
	/** Who signs besides the sender. */
	readonly with?: readonly Party[];
	readonly change?: Partial<TransactionBody>;
	readonly proof?: Uint8Array;
};

export type ChainBlock = {
	readonly context: BlockContext;
	readonly segments: BodySegments;
	readonly diff: LedgerDiff;
	readonly events: readonly LedgerEvent[];
};

export class LedgerChain {
	readonly env: LedgerEnv;
	readonly state: MutableLedgerState;
	readonly blocks: ChainBlock[] = [];
	/** The pool that makes the blocks. */
	issuer: PoolId;
	mcRef: MainChainSegment['mcRef'];

	constructor(genesis: Genesis, protocolVersionMax?: number) {
		this.env = ledgerEnv(crypto, genesis, protocolVersionMax);
		this.state = genesisState(this.env);
		this.issuer = crypto.blake2b224((genesis.pools[0] as {coldVk: Uint8Array}).coldVk);
		this.mcRef = genesis.cardano.start;
	}

	get slot(): Slot {
		return this.blocks.at(-1)?.context.slot ?? Slot(0);
	}

	get epoch(): Epoch {
		return epochOf(this.env.genesis, this.slot);
	}

	get events(): readonly LedgerEvent[] {
		return this.blocks.flatMap(({events}) => events);
	}

	/** The events of one kind, of all blocks. */
	eventsOf<K extends LedgerEvent['kind']>(kind: K): readonly Extract<LedgerEvent, {kind: K}>[] {
		return this.events.filter((event): event is Extract<LedgerEvent, {kind: K}> => event.kind === kind);
	}

	/** The first slot of an epoch, and `kf` = k/f slots into it. */
	slotAt(epoch: number, units = 0): Slot {
		const {epochLength} = this.env.genesis;
		return Slot(epoch * epochLength + Math.round((units * epochLength) / 10));
	}

	contextAt(slot: Slot): BlockContext {
		const prevHash = this.blocks.length === 0 ? null : this.hashAt(this.blocks.length - 1);
		const eta = crypto.blake2b256(encodeUtf8('eta'), u64be(slot));
		const praosRoot = () => crypto.blake2b256(encodeUtf8('praos'), u64be(this.blocks.length));
		return {slot, blockNo: BlockNo(this.blocks.length), prevHash, issuer: this.issuer, eta, praosRoot};
	}

	/** The made-up hash of block number `index`. */
	hashAt(index: number): HeaderHash {
		return crypto.blake2b256(encodeUtf8('block'), u64be(index));
	}

	/** A transaction of an account, with its sequence number, least fee and signatures. */
	transaction(sender: Party, action: Action, options: SendOptions = {}): Transaction {
		const {sequence} = this.state.accounts.get(keyOf(sender.account)) ?? {sequence: 0};
		const signers = [
			...new Map([sender, ...(options.with ?? [])].map(each => [each.account, each])).values(),
		];
		const plain = {
			sender: sender.account,
			sequence,
			validFrom: null,
			validUntil: null,
			action,
			...options.change,
		};
		const fee = feeOfBody(parametersAt(this.env, readerOf(this.state)), plain, signers.length);
		return this.sign({fee, ...plain}, signers, options.proof);
	}

	/** A transaction that is free of charge. */
	feeFree(action: Action, signers: readonly Party[], proof?: Uint8Array): Transaction {
		return this.sign(feeFreeBody(action), signers, proof);
	}

	sign(body: TransactionBody, signers: readonly Party[], proof?: Uint8Array): Transaction {
		const unsigned = unsignedTransaction(this.env, body);
		const witnesses = signers.map(({seed, verificationKey}) => ({
			verificationKey,
			signature: crypto.signEd25519(seed, unsigned.id),
		}));
		return signedTransaction(unsigned, witnesses, proof ?? null);
	}

	/** Judges a block without keeping it. */
	tryBlock(
		slot: Slot,
		transactions: readonly Transaction[],
		mainChain: MainChainSegment = {mcRef: this.mcRef, events: []},
	): Result<ChainBlock, BlockError> {
		const context = this.contextAt(slot);
		const segments = encodeBody({transactions, mainChain});
		const applied = applyBlock(this.env, this.state, context, segments);
		return applied.ok ? {ok: true, value: {context, segments, ...applied.value}} : applied;
	}

	/** Adds a good block; done, undone and done again. */
	block(
		slot: Slot,
		transactions: readonly Transaction[] = [],
		mainChain?: MainChainSegment,
	): readonly LedgerEvent[] {
		const tried = this.tryBlock(slot, transactions, mainChain);
		if (!tried.ok) throw new Error(`the block is bad: ${explain(tried.error)}`);
		const {diff, events} = tried.value;
		applyDiff(this.state, diff);
		undoDiff(this.state, diff);
		applyDiff(this.state, diff);
		this.blocks.push(tried.value);
		if (mainChain !== undefined) this.mcRef = mainChain.mcRef;
		return events;
	}

	/** Adds a block in the next slot with transactions. */
	next(...transactions: readonly Transaction[]): readonly LedgerEvent[] {
		return this.block(Slot(this.slot + 1), transactions);
	}

	/** Makes one transaction of an account and adds it in a block in the next slot. */
	send(sender: Party, action: Action, options?: SendOptions): readonly LedgerEvent[] {
		return this.next(this.transaction(sender, action, options));
	}

	sendFree(action: Action, signers: readonly Party[], proof?: Uint8Array): readonly LedgerEvent[] {
		if (!isFeeFree(action.kind)) throw new Error('this action has a fee');
		return this.next(this.feeFree(action, signers, proof));
	}

	/** Why a transaction would be refused in the next slot, as a whole failure. */
	refusal(transaction: Transaction, slot: Slot = Slot(this.slot + 1)): unknown {
		const tried = this.tryBlock(slot, [transaction]);
		if (tried.ok) return undefined;
		return tried.error.code === 'BLOCK_TRANSACTION_INVALID' ? tried.error.error : tried.error;
	}

	/** Empty blocks in every `step`-th slot up to and including `slot`. */
	advanceTo(slot: Slot, step = 2): void {
		for (let at = this.slot + step; at < slot; at += step) this.block(Slot(at));
		if (this.slot < slot) this.block(slot);
	}

	/** A block in the next slot that reports what happened on Cardano. */
	report(...events: readonly MainChainEvent[]): readonly LedgerEvent[] {
		const slot = this.mcRef.slot + 1;
		const mcRef = {slot, hash: Hash32(crypto.blake2b256(encodeUtf8('cardano'), u64be(slot)))};
		return this.block(Slot(this.slot + 1), [], {mcRef, events});
	}

	/** A block that reports the checkpoint of a closed period. */
	confirm(period: number): readonly LedgerEvent[] {
		const pending = this.state.pendingCheckpoints.get(numberKey(period));
		if (pending === undefined) throw new Error(`period ${period} is not pending`);
		return this.report({kind: 'checkpoint-confirmed', period, blockHash: pending.blockHash});
	}

	/** Takes back the last block. */
	rollback(): void {
		const last = this.blocks.pop();
		if (last !== undefined) undoDiff(this.state, last.diff);
	}
}

/** Any value as text: for messages. */
export const explain = (value: unknown): string =>
	JSON.stringify(value, (_, field: unknown) => {
		if (typeof field === 'bigint') return field.toString();
		return field instanceof Uint8Array ? toHex(field) : field;
	});
