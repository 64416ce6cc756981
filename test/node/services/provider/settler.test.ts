import {randomBytes} from 'node:crypto';
import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {agreementOf} from '#ledger/queries';
import {worthSettling} from '#node/services/provider/settler';
import {hashOf} from '../../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../../support/ledger-genesis.ts';
import {Peer, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

/** East keeps half a GiB for bob at half an ADA an epoch; the ledger settles after ten epochs. */
const start = async (paysFees = ada(5)) => {
	const {parameters, ...rest} = testGenesis();
	const world = new StorageWorld({...rest, parameters: {...parameters, settleEpochs: 10}});
	const provider = at(await world.addProviders(['east']), 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	if (paysFees > 0n)
		world.ledger.send(alice, {kind: 'transfer', to: provider.payout.account, amount: paysFees});
	const client = await Peer.dial(world, provider, bob);
	const agreementId = await client.open({capacityLeaves: 2 ** 19});
	await client.store(agreementId, [pieceOf(new Uint8Array(randomBytes(10_000)))]);
	return {world, provider, agreementId};
};

test('a provider settles by itself when that brings a hundred times the fee', async t => {
	const {world, provider, agreementId} = await start();
	await world.advanceTo(world.ledger.slotAt(3));
	t.deepEqual(agreementOf(world.ledger.state, agreementId)?.unsettled, {epochs: 2, amount: 1_000_000n});
	t.deepEqual(world.ledger.eventsOf('storage-paid'), []);
	await world.advanceTo(world.ledger.slotAt(4, 2));
	t.like(world.ledger.eventsOf('storage-paid'), [
		{epoch: Epoch(3), epochs: 3, amount: Lovelace(1_500_000n), fee: Lovelace(75_000n)},
	]);
	const [sent] = world.ledger.eventsOf('transaction').filter(({action}) => action === 'agreement-settle');
	t.true((sent?.fee ?? 0n) > 0n && (sent?.fee ?? 0n) * 100n <= 1_425_000n);
	t.deepEqual(world.refused, []);
	await world.stop([provider]);
});

test('without money for the fee it waits for the ledger to settle', async t => {
	const {world, provider, agreementId} = await start(ada(0));
	await world.advanceTo(world.ledger.slotAt(4, 2));
	t.is(agreementOf(world.ledger.state, agreementId)?.unsettled.epochs, 3);
	t.deepEqual(world.refused, []);
	await world.stop([provider]);
});

test('only what pays for its own place in the transaction is settled, the dearest first', t => {
	const unsettled = [1n, 3400n, 0n, 3399n, 9000n].map((net, index) => ({
		agreementId: hashOf(`${index}`),
		net,
	}));
	t.deepEqual(
		worthSettling(unsettled, 100n).map(({net}) => net),
		[9000n, 3400n],
	);
	const many = Array.from({length: 300}, (_, index) => ({
		agreementId: hashOf('a'),
		net: BigInt(index + 4000),
	}));
	const chosen = worthSettling(many, 100n);
	t.is(chosen.length, 256);
	t.is(chosen[0]?.net, 4299n);
});
