/** Valid blocks with real headers and bodies on a small network, on as many forks as a test wants. */
import type {Block} from '#consensus/block/block';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {assert, defined} from '#kernel/assert';
import {encode} from '#kernel/cbor/codec';
import type {McRef} from '#kernel/main-chain-event';
import type {Tip} from '#kernel/point';
import {Slot} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {encodeBody, type MainChainSegment} from '#ledger/block/block-body';
import {ledgerEnv} from '#ledger/environment';
import type {Genesis} from '#ledger/genesis/genesis';
import {genesisState} from '#ledger/genesis/genesis-state';
import {ledgerViewAt} from '#ledger/ledger-view';
import {applyDiff} from '#ledger/state/diff';
import {keyOf} from '#ledger/state/keys';
import {type LedgerState, type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {Action} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {signedTransaction, type Transaction, unsignedTransaction} from '#ledger/tx/transaction';
import {
	createMemoryChainIndex,
	createMemoryChainStore,
	createMemoryLedgerStore,
} from '#node/adapters/memory-stores';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import {ChainService, type ChainServiceOptions} from '#node/services/chain/chain-service';
import type {ChainStores} from '#node/services/chain/open-chain';
import {blockContext} from '#node/services/chain/switch-chain';
import {createBlindWatcher, type MainChainWatcher} from '#node/services/main-chain-watcher';
import {crypto} from './crypto.ts';
import type {Party} from './ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from './ledger-genesis.ts';
import {forgeTestBlock, nextSlotOf, type TestPool, testPool} from './praos.ts';
import {silentLog} from './silent-log.ts';
import {createVirtualClock, type VirtualClock} from './virtual-clock.ts';

/** Three pools with a third of the stake each; `alice`, `bob` and `carol` delegate to them. */
export const pools: readonly TestPool[] = [1, 2, 3].map(number => testPool(number));

export const nodeGenesis = (change: Partial<Genesis> = {}): Genesis => {
	const genesis = testGenesis();
	return {
		...genesis,
		accounts: [alice, bob, carol].map(({account}, index) => ({
			account,
			balance: ada(1_000_000),
			pool: pools[index]?.poolId ?? null,
		})),
		pools: genesis.pools.map((pool, index) => ({
			...pool,
			coldVk: defined(pools[index], 'three pools').issuerVk,
			vrfKeyHash: defined(pools[index], 'three pools').vrfKeyHash,
		})),
		...change,
	};
};

export const testNetwork = (change?: Partial<Genesis>): ChainNetwork =>
	chainNetwork(ledgerEnv(crypto, nodeGenesis(change)));

/** A chain from its first block. */
export type Branch = {
	readonly blocks: readonly Block[];
	readonly praosState: PraosState;
	readonly ledger: MutableLedgerState;
	readonly tip: Tip;
	readonly mcRef: McRef;
};

export type BlockOptions = {
	readonly pools?: readonly TestPool[];
	readonly transactions?: readonly Transaction[];
	readonly mainChain?: MainChainSegment;
	/** Slots left out before the block, at least. */
	readonly skip?: number;
	/** Instead of a right body. */
	readonly segments?: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
};

const emptyBranch = (network: ChainNetwork): Branch => ({
	blocks: [],
	praosState: genesisPraosState(network.env.genesisHash, network.params),
	ledger: genesisState(network.env),
	tip: 'origin',
	mcRef: network.env.genesis.cardano.start,
});

/** The branch with one more block; what the ledger says of it may be an error, and then its ledger stays. */
const withBlock = (network: ChainNetwork, branch: Branch, options: BlockOptions): Branch => {
	const {env, params} = network;
	const {tip, praosState: state, mcRef} = branch;
	const from = (tip === 'origin' ? 0 : tip.slot + 1) + (options.skip ?? 0);
	const ledgerView = ledgerViewAt(env, branch.ledger, Slot(from));
	const leaders = (options.pools ?? pools).map(pool => ({
		pool,
		slot: nextSlotOf({params, state, pool, ledgerView, from}),
	}));
	const leader = leaders.reduce((first, other) => (other.slot < first.slot ? other : first));
	const mainChain = options.mainChain ?? {mcRef, events: []};
	const segments = options.segments ?? encodeBody({transactions: options.transactions ?? [], mainChain});
	const block = forgeTestBlock({params, state, parent: tip, ...leader, segments});
	const {header} = block;
	const context = blockContext(network, {praosState: state}, header);
	const applied = applyBlock(env, branch.ledger, context, segments);
	const ledger = genesisState(env);
	replay(network, ledger, branch.blocks);
	if (applied.ok) applyDiff(ledger, applied.value.diff);
	return {
		blocks: [...branch.blocks, block],
		praosState: updatePraos(crypto, params, tickPraos(crypto, params, state, header.slot), header),
		ledger,
		tip: {slot: header.slot, hash: header.hash, blockNo: header.blockNo},
		mcRef: mainChain.mcRef,
	};
};

const replay = (network: ChainNetwork, ledger: MutableLedgerState, blocks: readonly Block[]): void => {
	let praosState = genesisPraosState(network.env.genesisHash, network.params);
	for (const {header, segments} of blocks) {
		const applied = applyBlock(network.env, ledger, blockContext(network, {praosState}, header), segments);
		if (applied.ok) applyDiff(ledger, applied.value.diff);
		const ticked = tickPraos(crypto, network.params, praosState, header.slot);
		praosState = updatePraos(crypto, network.params, ticked, header);
	}
};

export class TestChain {
	readonly network: ChainNetwork;
	readonly origin: Branch;

	constructor(network: ChainNetwork = testNetwork()) {
		this.network = network;
		this.origin = emptyBranch(network);
	}

	/** `branch` with `count` more blocks; `options` may differ by block. */
	grow(
		branch: Branch,
		count: number,
		options: BlockOptions | ((index: number, branch: Branch) => BlockOptions) = {},
	): Branch {
		let grown = branch;
		for (let index = 0; index < count; index++)
			grown = withBlock(this.network, grown, typeof options === 'function' ? options(index, grown) : options);
		return grown;
	}

	/** The first `count` blocks of a branch. */
	cut(branch: Branch, count: number): Branch {
		const blocks = branch.blocks.slice(0, count);
		const ledger = genesisState(this.network.env);
		replay(this.network, ledger, blocks);
		const {params} = this.network;
		let {praosState} = this.origin;
		for (const {header} of blocks)
			praosState = updatePraos(crypto, params, tickPraos(crypto, params, praosState, header.slot), header);
		const last = blocks.at(-1)?.header;
		return {
			blocks,
			ledger,
			praosState,
			tip: last === undefined ? 'origin' : {slot: last.slot, hash: last.hash, blockNo: last.blockNo},
			mcRef: defined([...ledger.chain.values()][0], 'a chain row').mcRef,
		};
	}

	/** A transaction with its sequence, least fee and signature. */
	transaction(
		branch: Pick<Branch, 'ledger'>,
		sender: Party,
		action: Action,
		change: {readonly sequence?: number; readonly validUntil?: Slot} = {},
	): Transaction {
		const {env} = this.network;
		const {sequence} = branch.ledger.accounts.get(keyOf(sender.account)) ?? {sequence: 0};
		const plain = {
			sender: sender.account,
			sequence,
			validFrom: null,
			validUntil: null,
			action,
			...change,
		};
		const unsigned = unsignedTransaction(env, {...plain, fee: feeOfBody(env.genesis.parameters, plain, 1)});
		const signature = crypto.signEd25519(sender.seed, unsigned.id);
		return signedTransaction(unsigned, [{verificationKey: sender.verificationKey, signature}]);
	}
}

/** Everything that a state is, as bytes. */
export const ledgerBytes = (state: LedgerState): Uint8Array =>
	// Writing does not need a state that may be changed.
	encode(stateCodec, state as MutableLedgerState);

/** The time in the middle of a slot. */
export const timeOfSlot = ({slots}: ChainNetwork, slot: number): number =>
	slots.systemStartMs + slot * slots.slotLengthMs + Math.floor(slots.slotLengthMs / 2);

export const memoryStores = (): ChainStores => ({
	chainStore: createMemoryChainStore(),
	ledgerStore: createMemoryLedgerStore(),
	chainIndex: createMemoryChainIndex(),
});

/** A chain service whose clock stands far behind every block of a test. */
export const openTestChain = async (
	network: ChainNetwork,
	{
		stores = memoryStores(),
		mainChain = createBlindWatcher(),
		clock = createVirtualClock(timeOfSlot(network, 1_000_000)),
		log = silentLog,
		...options
	}: ChainServiceOptions & {
		readonly stores?: ChainStores;
		readonly mainChain?: MainChainWatcher;
		readonly clock?: Clock | VirtualClock;
		readonly log?: Log;
	} = {},
): Promise<ChainService> => ChainService.open(network, {...stores, mainChain, clock, log}, options);

/** Hands blocks to a chain; all must be accepted. What follows from them is written when it resolves. */
export const feed = async (chain: ChainService, blocks: readonly Block[]): Promise<void> => {
	for (const {bytes} of blocks) {
		const verdict = await chain.considerBlock(bytes);
		assert(verdict.ok, `a block was refused: ${verdict.ok ? '' : verdict.error.code}`);
	}
	await chain.settle();
};
