import {randomBytes} from 'node:crypto';
import test from 'ava';
import type {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {keyOf} from '#ledger/state/keys';
import {Scrubber} from '#node/services/provider/upkeep/scrubber';
import {crypto} from '../../../support/crypto.ts';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';
import {openingOf, Peer, pieceOf} from '../support/peer.ts';
import {at, pieceTrees, StorageWorld, type WorldProvider} from '../support/storage-world.ts';

const random = (length: number) => pieceOf(new Uint8Array(randomBytes(length)));

const start = async (world = new StorageWorld()) => {
	const store = createMemoryPieceStore();
	const provider = at(await world.addProviders(['east'], () => store), 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, provider, bob);
	return {world, provider, client, store};
};

/** Looks at all pieces of a provider once. */
const scrub = async (world: StorageWorld, {name, store}: WorldProvider): Promise<void> => {
	const losses = world.losses.get(name);
	if (losses === undefined) throw new RangeError(name);
	const ports = {store, losses, crypto, trees: pieceTrees, clock: createVirtualClock(), log: silentLog};
	const scrubber = await Scrubber.open(ports, 1000);
	while ((await scrubber.step()) !== undefined);
};

test('a loss that scrubbing finds is reported before the commitment: the agreement goes, the others are proven and paid', async t => {
	const {world, provider, client, store} = await start();
	const [good, bad] = [await client.open({nonce: 1}), await client.open({nonce: 2})];
	const spoilt = random(5000);
	await client.store(good, [random(9000)]);
	await client.store(bad, [random(4000), spoilt]);
	// Only what has been settled on disk is looked at: what was stored in the last epochs is younger than a round.
	await world.advanceTo(world.ledger.slotAt(3, 8));
	const paid = world.ledger.eventsOf('storage-paid').length;
	store.corrupt(bad, spoilt.pieceId);
	await scrub(world, provider);
	t.is(world.losses.get('east')?.losses.length, 1);
	await world.advanceTo(world.ledger.slotAt(4, 9));
	const [report] = world.ledger.eventsOf('loss-reported');
	t.deepEqual(
		report?.agreements.map(id => keyOf(id)),
		[keyOf(bad)],
	);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	// Epoch 3 for both, epoch 4 for the one that is left.
	t.is(world.ledger.eventsOf('storage-paid').length, paid + 3);
	const {onChain, lastFailure} = await provider.service.status();
	t.is(lastFailure, null);
	t.like(onChain?.penalties[0], {reason: 'loss-reported', epoch: Epoch(4), vacated: true});
	t.deepEqual(onChain?.misses, []);
	// Over when no rollback can bring the agreement back.
	await world.advanceTo(world.ledger.slotAt(6));
	t.deepEqual(world.losses.get('east')?.losses, []);
	await world.stop([provider]);
});

test('a piece that can be read again is not reported', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const piece = random(5000);
	await client.store(agreementId, [piece]);
	await world.losses.get('east')?.add({agreementId, pieceId: piece.pieceId, code: 'PIECE_CORRUPT'});
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.deepEqual(world.ledger.eventsOf('loss-reported'), []);
	t.deepEqual(world.losses.get('east')?.losses, []);
	t.is(world.ledger.eventsOf('proven').length, 1);
	await world.stop([provider]);
});

test('a provider that is told to report nothing commits all the same, and is caught when it is asked', async t => {
	const world = new StorageWorld();
	world.reportLosses = false;
	const {provider, client, store} = await start(world);
	const agreementId = await client.open();
	const piece = random(5000);
	await client.store(agreementId, [piece]);
	store.corrupt(agreementId, piece.pieceId);
	await world.losses.get('east')?.add({agreementId, pieceId: piece.pieceId, code: 'PIECE_CORRUPT'});
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.deepEqual(world.ledger.eventsOf('loss-reported'), []);
	t.is(world.ledger.eventsOf('missed')[0]?.reason, 'no-proof');
	await world.stop([provider]);
});

test('a spoilt piece that a revision has taken out is no loss', async t => {
	const {world, provider, client, store} = await start();
	const agreementId = await client.open();
	const [a, b] = [random(3000), random(4000)];
	await client.store(agreementId, [a]);
	await client.put(agreementId, b);
	await client.revise(agreementId, 2, {all: [b], added: [b], removed: [a]});
	store.corrupt(agreementId, a.pieceId);
	await world.losses.get('east')?.add({agreementId, pieceId: a.pieceId, code: 'PIECE_CORRUPT'});
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.deepEqual(world.ledger.eventsOf('loss-reported'), []);
	t.is(world.ledger.eventsOf('proven').length, 1);
	await world.stop([provider]);
});

test('losses are known after a restart', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const piece = random(5000);
	await client.store(agreementId, [piece]);
	await world.losses.get('east')?.add({agreementId, pieceId: piece.pieceId, code: 'PIECE_CORRUPT'});
	await provider.service.stop();
	const service = await world.startService(provider);
	t.like(world.losses.get('east')?.losses[0], {pieceId: piece.pieceId, code: 'PIECE_CORRUPT'});
	await service.stop();
});

test('a disk that fails or is too small for what is promised makes no agreements', async t => {
	const world = new StorageWorld();
	const promised: number[] = [];
	let code: NodeError['code'] | undefined;
	world.diskOf = () => ({
		refusal: async bytes => {
			promised.push(bytes);
			return code === undefined ? undefined : {code: 'PROVIDER_DISK_FAILING'};
		},
	});
	const {provider, client} = await start(world);
	const agree = (): Promise<string> => {
		const transaction = client.transaction(openingOf(provider, {nonce: 2, capacityLeaves: 100}));
		return client.outcome({kind: 'agree', transaction: client.bodyBytes(transaction)});
	};
	await client.open({capacityLeaves: 4096});
	t.is(await agree(), 'witness');
	code = 'PIECE_STORE_FAILED';
	t.is(await agree(), 'PROVIDER_DISK_FAILING');
	t.deepEqual(promised, [4096 * 1024, 4196 * 1024, 4196 * 1024]);
	await world.stop([provider]);
});
