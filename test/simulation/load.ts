import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {keyOf} from '#ledger/state/keys';
import {feeOfBody} from '#ledger/tx/fee';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Size} from './scenario.ts';
import type {SimulatedNode} from './simulated-node.ts';
import type {World} from './world.ts';

/** One payment from one pool's delegator to another's, handed to a node; it may be refused. */
export const pay = (world: World, node: SimulatedNode, from: number, to: number, amount: bigint): void => {
	const {services} = node;
	if (services === undefined) return;
	const {crypto, network, pools} = world;
	const {env} = network;
	const sender = defined(pools[from % pools.length], 'a pool').delegator;
	const receiver = defined(pools[to % pools.length], 'a pool').delegator;
	const {sequence} = services.chain.ledger.accounts.get(keyOf(sender.account)) ?? {sequence: 0};
	const plain = {
		sender: sender.account,
		sequence,
		validFrom: null,
		validUntil: null,
		action: {kind: 'transfer', to: receiver.account, amount: Lovelace(amount)} as const,
	};
	const unsigned = unsignedTransaction(env, {...plain, fee: feeOfBody(env.genesis.parameters, plain, 1)});
	const signature = crypto.signEd25519(sender.seed, unsigned.id);
	const payment = signedTransaction(unsigned, [{verificationKey: sender.verificationKey, signature}]);
	services.mempool.submit(encodeTransaction(payment), 'local');
};

/** Payments between delegators, at random times and nodes, for as long as the run lasts. */
export const addLoad = (world: World, {slots}: Size, {everySlots}: {readonly everySlots: number}): void => {
	const random = world.random.fork('payments');
	const plan = (slot: number): void => {
		if (slot >= slots) return;
		world.time.at(world.slotStartMs(slot), () => {
			const node = random.pick(world.nodes);
			const [from, to] = [random.below(world.pools.length), random.below(world.pools.length)];
			pay(world, node, from, to, BigInt(1 + random.below(5_000_000)));
			plan(slot + random.exponential(everySlots));
		});
	};
	plan(random.exponential(everySlots));
};
