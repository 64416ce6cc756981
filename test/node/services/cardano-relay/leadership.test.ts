/** Headers of Conway made by pools with real keys, followed across epochs at the highest trust level. */
import test from 'ava';
import type {Block} from '#consensus/block/block';
import type {CardanoNetwork} from '#consensus/cardano/cardano-network';
import type {CardanoParent, CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {defined} from '#kernel/assert';
import {type GenesisHash, Hash32} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {createMemoryChainIndex, createMemoryChainStore} from '#node/adapters/memory-stores';
import {createSystemClock} from '#node/adapters/system-clock';
import {CardanoChain, type CardanoChainPorts} from '#node/services/cardano-relay/cardano-chain';
import {restoreChain} from '#node/services/cardano-relay/restore-chain';
import {wrapBlock} from '#relay/protocols/block';
import {followPeer, untilBlock} from '../../../support/cardano-peer.ts';
import {memoryStateStore, preprod} from '../../../support/cardano-relay.ts';
import {crypto} from '../../../support/crypto.ts';
import {
	forgeTestBlock,
	forgeTestChain,
	nextSlotOf,
	type TestPool,
	testLedgerView,
	testPool,
} from '../../../support/praos.ts';
import type {ServedBlock} from '../../../support/relay/chain.ts';

const network: CardanoNetwork = {
	...preprod,
	name: 'test',
	params: {
		...preprod.params,
		k: 5,
		f: Ratio(1n, 2n),
		epochLength: 100,
		slotsPerKesPeriod: 1_000,
		eraStart: {slot: Slot(0), epoch: Epoch(0)},
	},
};
const params = {...network.params, candidateFreezeFactor: 4} as const;
const pools: readonly TestPool[] = [1, 2, 3].map(number => testPool(number));
const view = testLedgerView(pools);

type Made = {readonly block: ServedBlock; readonly state: PraosState};

const served = ({header, bytes}: Block): ServedBlock => {
	const point = {slot: header.slot, hash: header.hash};
	return {
		bytes: wrapBlock({era: 7, bytes}),
		header: {era: 6, bytes: header.bytes},
		point,
		tip: {...point, blockNo: header.blockNo},
	};
};

type From = {readonly state: PraosState; readonly tip: Tip};

/** More blocks, each with the state after it. */
const grow = (from: From, count: number, makers: readonly TestPool[] = pools): readonly Made[] => {
	const {blocks} = forgeTestChain({
		params,
		state: from.state,
		parent: from.tip,
		pools: makers,
		ledgerView: view,
		count,
	});
	let {state} = from;
	return blocks.map(block => {
		state = updatePraos(crypto, params, tickPraos(crypto, params, state, block.header.slot), block.header);
		return {block: served(block), state};
	});
};

const after = ({block, state}: Made): From => ({tip: block.tip, state});
const genesis = genesisPraosState(Hash32(new Uint8Array(32).fill(9)) as GenesisHash, params);
const first = defined(grow({state: genesis, tip: 'origin'}, 1)[0], 'a block');
const start: CardanoParent = {tip: first.block.tip, era: undefined, state: first.state};
const rules: CardanoRules = {
	crypto,
	network,
	wanted: 'leadership',
	followsNonces: true,
	stakeOf: () => view,
};

const newChain = (): {readonly chain: CardanoChain; readonly ports: CardanoChainPorts} => {
	const ports = {
		rules,
		chainStore: createMemoryChainStore(),
		chainIndex: createMemoryChainIndex(),
		stateStore: memoryStateStore(),
		clock: createSystemClock(),
	};
	return {chain: new CardanoChain(ports, start), ports};
};

const blocksOf = (made: readonly Made[]): readonly ServedBlock[] => made.map(({block}) => block);
const options = {rules, start: first.block.point};

test('leadership is checked across epochs, nonces are those of the chain, and a restart keeps all of it', async t => {
	const made = grow(after(first), 160);
	const last = defined(made.at(-1), 'blocks');
	const {chain, ports} = newChain();
	const {close, quarantine} = await followPeer(chain, blocksOf(made), options);
	await untilBlock(chain, last.block);
	t.true(last.state.epoch >= 2);
	t.is(chain.tipEntry?.level, 'leadership');
	t.deepEqual(chain.tipEntry?.state, last.state);
	t.deepEqual(chain.epochNonce(last.state.epoch), last.state.epochNonce);
	const before = made.findLast(({state}) => state.epoch < last.state.epoch);
	t.deepEqual(chain.epochNonce(Epoch(last.state.epoch - 1)), before?.state.epochNonce);
	t.is(quarantine.count, 0);
	await chain.save();
	close();
	const again = await restoreChain(ports, undefined);
	t.deepEqual(again.tipEntry?.state, last.state);
	t.deepEqual(again.epochNonce(Epoch(last.state.epoch - 1)), before?.state.epochNonce);
});

test('the longer of two forks is gone over to, within k blocks and no further', async t => {
	const stem = grow(after(first), 20);
	const fork = defined(stem.at(-1), 'blocks');
	const short = grow(after(fork), 2, pools.slice(0, 1));
	const long = grow(after(fork), 4, pools.slice(1));
	const {chain} = newChain();
	const one = await followPeer(chain, blocksOf([...stem, ...short]), options);
	await untilBlock(chain, defined(short.at(-1), 'blocks').block);
	const other = await followPeer(chain, blocksOf([...stem, ...long]), options);
	await untilBlock(chain, defined(long.at(-1), 'blocks').block);
	t.is(chain.switches, 1);
	t.deepEqual(chain.tip, defined(long.at(-1), 'blocks').block.tip);
	// The loser is kept, for whoever asks what became of it.
	t.truthy(chain.find(defined(short.at(-1), 'blocks').block.point.hash));
	t.is(await chain.placeOf(defined(short.at(-1), 'blocks').block.point.hash), undefined);
	one.close();
	other.close();
});

test('a pool without stake is refused although its header is signed and proven', async t => {
	const stranger = testPool(4);
	const withStranger = testLedgerView([...pools, stranger], () => Ratio(1n, 4n));
	const from = first.block.tip.slot + 1;
	const slot = nextSlotOf({params, state: first.state, pool: stranger, ledgerView: withStranger, from});
	const forged = forgeTestBlock({params, state: first.state, parent: first.block.tip, pool: stranger, slot});
	const {chain} = newChain();
	const {ended, quarantine} = await followPeer(chain, [served(forged)], options);
	t.is((await ended).code, 'SYNC_HEADER_REFUSED');
	t.like(quarantine.kept[0], {failure: {code: 'OPCERT_COUNTER_UNKNOWN'}});
	t.is(chain.tip, 'origin');
});
