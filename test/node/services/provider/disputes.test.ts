import {randomBytes} from 'node:crypto';
import test from 'ava';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {keyOf} from '#ledger/state/keys';
import {decodeTransaction, encodeTransaction} from '#ledger/tx/transaction';
import {ada, alice, bob, carol} from '../../../support/ledger-genesis.ts';
import {Peer, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const random = (length: number) => pieceOf(new Uint8Array(randomBytes(length)));

/** East keeps pieces for bob in its first revision, and has proven epoch 1. */
const start = async () => {
	const world = new StorageWorld();
	const provider = at(await world.addProviders(['east']), 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	world.ledger.send(alice, {kind: 'transfer', to: provider.payout.account, amount: ada(5)});
	const client = await Peer.dial(world, provider, bob);
	const agreementId = await client.open();
	const pieces = [random(30_000), random(9)];
	await client.store(agreementId, pieces);
	const first = (await client.newest(agreementId)) ?? at([], 0);
	const prove = () => world.advanceTo(world.ledger.slotAt(1, 8));
	return {world, provider, client, agreementId, pieces, first, prove};
};

type Scene = Awaited<ReturnType<typeof start>>;

const claim = async ({world, first}: Scene): Promise<void> => {
	const action = {kind: 'omission-claim', epoch: Epoch(1), revision: first} as const;
	world.ledger.send(carol, action);
	await world.changed();
	await world.forge();
};

test('a provider shows by itself that it had the agreement, and takes the deposit', async t => {
	const scene = await start();
	const {world, provider} = scene;
	await scene.prove();
	await claim(scene);
	t.is(world.ledger.eventsOf('omission-claimed').length, 1);
	t.is(world.ledger.eventsOf('omission-answered').length, 1);
	await world.advanceTo(world.ledger.slotAt(3));
	t.deepEqual(world.ledger.eventsOf('fraud-punished'), []);
	await world.stop([provider]);
});

test('it answers with the later revision that it had committed to, after a restart as well', async t => {
	const scene = await start();
	const {world, provider, client, agreementId, pieces} = scene;
	const more = random(700);
	await client.put(agreementId, more);
	t.is(await client.revise(agreementId, 2, {all: [...pieces, more], added: [more]}), 'revised');
	await scene.prove();
	await provider.service.stop();
	const service = await world.startService(provider);
	await claim(scene);
	t.is(world.ledger.eventsOf('omission-answered').length, 1);
	await service.stop();
});

test('an answer that a rollback undid is given again', async t => {
	const scene = await start();
	const {world, provider} = scene;
	await scene.prove();
	await claim(scene);
	t.is(world.ledger.eventsOf('omission-answered').length, 1);
	world.mempool = [];
	await world.rollback(1);
	await world.advanceTo(world.ledger.slotAt(2, 5));
	t.is(world.ledger.state.omissions.size, 0);
	await world.stop([provider]);
});

test('it shows the newest revision when a client closes with an older one, and leaves honest clients alone', async t => {
	const {world, provider, agreementId, first} = await start();
	const close = (id: Hash32) => ({kind: 'agreement-close', agreementId: id, mode: 'client'}) as const;
	world.ledger.send(bob, close(agreementId));
	await world.changed();
	await world.forge();
	t.like(world.ledger.eventsOf('fraud-punished'), [{by: 'client', fraud: 'stale-close'}]);
	await world.stop([provider]);

	const honest = await start();
	honest.world.ledger.send(carol, {kind: 'revision-post', revision: honest.first});
	honest.world.ledger.send(bob, close(honest.agreementId));
	await honest.world.changed();
	t.deepEqual(honest.world.mempool, []);
	t.is(first.revision.revisionNo, 1);
	await honest.world.stop([honest.provider]);
});

test('when more clients take pieces out in one epoch than a proof has room to show, the chain is shown the others before', async t => {
	const {world, provider, client} = await start();
	const pieces = [random(9), random(8)];
	const agreements: Hash32[] = [];
	for (let nonce = 10; nonce < 46; nonce++) {
		const agreementId = await client.open({nonce, capacityLeaves: 8});
		await client.store(agreementId, pieces);
		const first = (await client.newest(agreementId)) ?? at([], 0);
		world.ledger.send(carol, {kind: 'revision-post', revision: first});
		agreements.push(agreementId);
	}
	await world.advanceTo(world.ledger.slotAt(1));
	for (const agreementId of agreements)
		await client.revise(agreementId, 2, {all: pieces.slice(1), removed: pieces.slice(0, 1)});
	await world.advanceTo(world.ledger.slotAt(3));
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	t.is(world.ledger.eventsOf('proven').length, 2);
	t.false(world.refused.includes('PROOF_LEAVES_TOO_FEW'));
	const shown = agreements.filter(id => world.ledger.state.agreements.get(keyOf(id))?.revisionNo === 2);
	t.is(shown.length, 36);
	await world.stop([provider]);
});

test('it signs no revision of an agreement that one side is closing', async t => {
	const {world, provider, client, agreementId, pieces, first} = await start();
	world.ledger.send(carol, {kind: 'revision-post', revision: first});
	world.ledger.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	await world.changed();
	t.is(
		await client.revise(agreementId, 2, {all: pieces.slice(1), removed: pieces.slice(0, 1)}),
		'AGREEMENT_CLOSING',
	);
	await world.stop([provider]);
});

test('it takes nothing out of an agreement with locked objects before their epoch, though its client wants it', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open({nonce: 9, lockedUntil: Epoch(2)});
	const pieces = [random(3000), random(70)];
	for (const piece of pieces) await client.put(agreementId, piece);
	t.is(await client.revise(agreementId, 1, {all: pieces, added: pieces}), 'revised');
	const wanted = {all: pieces.slice(1), removed: pieces.slice(0, 1)};
	t.is(await client.revise(agreementId, 2, wanted), 'REVISION_LOCKED');
	await world.advanceTo(world.ledger.slotAt(2));
	t.is(await client.revise(agreementId, 2, wanted), 'revised');
	await world.stop([provider]);
});

test('a provider that committed without the agreement has nothing to answer with', async t => {
	const scene = await start();
	const {world, provider} = scene;
	await scene.prove();
	// As if it had forgotten what it had committed to.
	await provider.store.dropCommitments(5);
	await claim(scene);
	t.deepEqual(world.ledger.eventsOf('omission-answered'), []);
	t.deepEqual(world.refused, []);
	await world.stop([provider]);
});

test('what it sends to a dispute is signed by its operator and free of charge', async t => {
	const scene = await start();
	const {world, provider} = scene;
	await scene.prove();
	const sent: Uint8Array[] = [];
	world.tamper = wire => {
		sent.push(wire);
		return wire;
	};
	await claim(scene);
	const actions = sent.flatMap(wire => {
		const decoded = decodeTransaction(world.ledger.env, wire);
		return decoded.ok ? decoded.value : [];
	});
	const [answer] = actions.filter(({body}) => body.action.kind === 'omission-answer');
	t.is(answer?.body.fee, 0n as never);
	t.deepEqual(
		answer?.witnesses.map(({verificationKey}) => verificationKey),
		[provider.operator.verificationKey],
	);
	t.true(answer !== undefined && encodeTransaction(answer).length < 2000);
	await world.stop([provider]);
});
