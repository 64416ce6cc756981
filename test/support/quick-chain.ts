/** A chain of real blocks that grows fast: every pool leads every slot, and what was applied is not applied again. */
import type {Block} from '#consensus/block/block';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {committeeHash} from '#crypto/checkpoint-message';
import {assert, defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import type {Tip} from '#kernel/point';
import {applyBlock} from '#ledger/block/apply-block';
import {encodeBody} from '#ledger/block/block-body';
import {ledgerEnv} from '#ledger/environment';
import type {Genesis} from '#ledger/genesis/genesis';
import {genesisState} from '#ledger/genesis/genesis-state';
import {mcRefOf} from '#ledger/queries';
import {applyDiff} from '#ledger/state/diff';
import {numberKey} from '#ledger/state/keys';
import type {MutableLedgerState} from '#ledger/state/state';
import type {Transaction} from '#ledger/tx/transaction';
import type {CheckpointHistory, CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {MainChain} from '#node/ports/main-chain';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import {blockContext} from '#node/services/chain/switch-chain';
import {crypto} from './crypto.ts';
import {forgeTestBlock, type TestPool, testPool} from './praos.ts';
import {producerGenesis} from './producer.ts';

export const quickPools: readonly TestPool[] = [1, 2, 3].map(number => testPool(number));

/** One epoch of 50 slots is a period; k = 5, f = 1. */
export const quickGenesis = (change: Partial<Genesis> = {}): Genesis =>
	producerGenesis(quickPools, {checkpointEvery: 1, ...change});

export type QuickBlock = {
	/** Slots left out before it. */
	readonly skip?: number;
	/** What happened on Cardano, one Cardano block further. */
	readonly events?: readonly MainChainEvent[];
	readonly transactions?: readonly Transaction[];
};

/** The hash of the Cardano block in a slot. */
export const hashOfMcSlot = (slot: number): Hash32 =>
	crypto.blake2b256(Uint8Array.of(slot & 0xff, slot >> 8, 77));

export class QuickChain {
	readonly network: ChainNetwork;
	readonly ledger: MutableLedgerState;
	praosState: PraosState;
	tip: Tip = 'origin';
	/** What Cardano has, for `mainChain`. */
	readonly #reported: {readonly mcRef: McRef; readonly event: MainChainEvent}[] = [];
	readonly #checkpoints: CheckpointOnCardano[] = [];

	constructor(genesis: Genesis = quickGenesis()) {
		this.network = chainNetwork(ledgerEnv(crypto, genesis));
		this.ledger = genesisState(this.network.env);
		this.praosState = genesisPraosState(this.network.env.genesisHash, this.network.params);
	}

	get slot(): number {
		return this.tip === 'origin' ? -1 : this.tip.slot;
	}

	block({skip = 0, events = [], transactions = []}: QuickBlock = {}): Block {
		const {env, params} = this.network;
		const before = mcRefOf(this.ledger);
		const at = before.slot + 1;
		const mcRef = events.length === 0 ? before : {slot: at, hash: hashOfMcSlot(at)};
		const slot = this.slot + 1 + skip;
		const block = forgeTestBlock({
			params,
			state: this.praosState,
			parent: this.tip,
			slot,
			pool: defined(quickPools[slot % quickPools.length], 'there are pools'),
			segments: encodeBody({transactions, mainChain: {mcRef, events}}),
		});
		const {header} = block;
		const context = blockContext(this.network, {praosState: this.praosState}, header);
		const applied = applyBlock(env, this.ledger, context, block.segments);
		assert(applied.ok, `a block is invalid: ${applied.ok ? '' : JSON.stringify(applied.error)}`);
		applyDiff(this.ledger, applied.value.diff);
		this.praosState = updatePraos(
			crypto,
			params,
			tickPraos(crypto, params, this.praosState, header.slot),
			header,
		);
		this.tip = {slot: header.slot, hash: header.hash, blockNo: header.blockNo};
		for (const event of events) this.#reported.push({mcRef, event});
		return block;
	}

	/** Blocks in every slot up to one, inclusive. */
	until(slot: number): readonly Block[] {
		const blocks: Block[] = [];
		while (this.slot < slot) blocks.push(this.block());
		return blocks;
	}

	/** A closed period's checkpoint gets onto Cardano; the chain does not say so yet. */
	checkpoint(period: number): CheckpointOnCardano {
		const pending = defined(this.ledger.pendingCheckpoints.get(numberKey(period)), 'a closed period');
		const {blockHash, stateRoot, payoutRoot, nextCommittee} = pending;
		const slot = mcRefOf(this.ledger).slot + 1;
		const checkpoint = {
			genesisHash: this.network.env.genesisHash,
			period,
			blockHash,
			stateRoot,
			payoutRoot,
			committeeHash: committeeHash(crypto, nextCommittee),
			createdAt: {slot, hash: hashOfMcSlot(slot)},
		};
		this.#checkpoints.push(checkpoint);
		return checkpoint;
	}

	/** `checkpoint`, and a block that says so. */
	confirm(period: number): Block {
		const {blockHash} = this.checkpoint(period);
		return this.block({events: [{kind: 'checkpoint-confirmed', period, blockHash}]});
	}

	/** Cardano as far as the chain has told of it. */
	get mainChain(): MainChain {
		return {
			tip: async () => mcRefOf(this.ledger),
			blockAt: async slot => {
				const {cardano} = this.network.env.genesis;
				return slot === cardano.start.slot ? cardano.start : {slot, hash: hashOfMcSlot(slot)};
			},
			events: async ({after, upTo}) =>
				this.#reported
					.filter(({mcRef: {slot}}) => slot > after.slot && slot <= upTo.slot)
					.map(({event}) => event),
		};
	}

	get checkpoints(): CheckpointHistory {
		return {stable: async () => this.known};
	}

	/** Checkpoints on Cardano. */
	get known(): readonly CheckpointOnCardano[] {
		return [...this.#checkpoints];
	}
}
