import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {Epoch} from '#kernel/slot';
import {keyOf} from '#ledger/state/keys';
import {decodeAnnouncement, verifyAnnouncement} from '#transport/protocols/announcement';
import {decodeReply} from '#transport/protocols/messages';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, party} from '../../../support/ledger-chain.ts';
import {ada, alice, bob, carol} from '../../../support/ledger-genesis.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';
import {openingOf, Peer, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const random = (length: number) => pieceOf(new Uint8Array(randomBytes(length)));

/** A world with one provider and a client that has paid in. */
const start = async (store = createMemoryPieceStore()) => {
	const world = new StorageWorld();
	const providers = await world.addProviders(['east'], () => store);
	const provider = at(providers, 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, provider, bob);
	return {world, provider, client, store};
};

test('stores, commits, proves and is paid', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	await client.store(agreementId, [random(100_000), random(1), random(0)]);
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.is(world.ledger.eventsOf('committed').length, 1);
	t.is(world.ledger.eventsOf('proven').length, 1);
	t.is(world.ledger.eventsOf('storage-paid').length, 1);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	t.true(world.balance(provider.payout) > 0n);
	const status = await provider.service.status();
	t.like(status, {pieces: 3, bytes: 100_001, lastFailure: null, endpoint: 'east:1'});
	t.is(status.onChain?.provenEpochs, 1);
	await world.stop([provider]);
});

test('an agreement without pieces is committed to and paid', async t => {
	const {world, provider, client} = await start();
	await client.open();
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.is(world.ledger.eventsOf('storage-paid').length, 1);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	await world.stop([provider]);
});

test('serves any part of a piece to its client and to the repairer, and to nobody else', async t => {
	const {world, provider, client} = await start();
	const repairer = party('repairer');
	const agreementId = await client.open({repairerVk: repairer.verificationKey});
	const piece = random(300_000);
	await client.store(agreementId, [piece]);
	const {pieceId} = piece;
	const get = {kind: 'get', agreementId, pieceId, offset: 70_000, length: 200_000} as const;
	for (const reader of [client, await Peer.dial(world, provider, repairer)]) {
		const {reply, body} = await reader.ask(get);
		t.deepEqual(reply, {kind: 'piece', pieceLength: 300_000});
		t.true(Buffer.compare(body, piece.bytes.subarray(70_000, 270_000)) === 0);
	}
	const stranger = await Peer.dial(world, provider, carol);
	t.is(await stranger.outcome(get), 'PEER_NOT_AUTHORISED');
	t.is(await stranger.outcome({kind: 'have', agreementId, pieceIds: [pieceId]}), 'PEER_NOT_AUTHORISED');
	t.is(await stranger.put(agreementId, piece), 'PEER_NOT_AUTHORISED');
	t.is(await client.outcome({...get, offset: 200_000}), 'PIECE_RANGE_OUTSIDE');
	t.is(await client.outcome({...get, pieceId: hashOf('no piece')}), 'PIECE_UNKNOWN');
	t.is(await client.outcome({...get, agreementId: hashOf('no agreement')}), 'AGREEMENT_UNKNOWN');
	const other = random(10);
	await client.put(agreementId, other);
	const {reply: held} = await client.ask({
		kind: 'have',
		agreementId,
		pieceIds: [other.pieceId, hashOf('no piece'), pieceId],
	});
	t.deepEqual(held, {kind: 'held', lengths: [11, 0, 300_001]});
	// A repairer reads, but changes only agreements that it took over.
	t.is(await (await Peer.dial(world, provider, repairer)).put(agreementId, other), 'PEER_NOT_AUTHORISED');
	await world.stop([provider]);
});

test('takes only bytes that are the piece, and only as many as were agreed', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open({capacityLeaves: 100});
	const piece = random(5000);
	const {pieceId} = piece;
	t.is(await client.put(agreementId, {pieceId, bytes: random(5000).bytes}), 'PIECE_ID_WRONG');
	t.is(await client.put(agreementId, {pieceId, bytes: piece.bytes.subarray(1)}), 'PIECE_ID_WRONG');
	t.is(await client.put(agreementId, piece), 'stored');
	t.is(await client.put(agreementId, piece), 'stored');
	t.is(await client.put(agreementId, random(200 * 1024)), 'AGREEMENT_FULL');
	t.is(await client.put(hashOf('none'), piece), 'AGREEMENT_UNKNOWN');
	const large = random(101 * 1024);
	t.is(await client.put(agreementId, large), 'stored');
	t.is(await client.revise(agreementId, 1, {all: [large], added: [large]}), 'REVISION_TOO_LARGE');
	await world.stop([provider]);
});

test('signs only openings that the ledger would take and that it can keep', async t => {
	const {world, provider, client} = await start();
	const agree = async (
		change: Parameters<typeof openingOf>[1],
		validUntil?: number | null,
		peer: Peer = client,
	): Promise<string> => {
		const transaction = peer.transaction(openingOf(provider, change), validUntil);
		return peer.outcome({kind: 'agree', transaction: peer.bodyBytes(transaction)});
	};
	t.is(await agree({rate: ada(0)}), 'AGREEMENT_RATE_TOO_LOW');
	t.is(await agree({capacityLeaves: 2 ** 20 + 1}), 'PROVIDER_FULL');
	t.is(await agree({capacityLeaves: Math.floor(2 ** 20 * 0.95) + 1}), 'PROVIDER_NEARLY_FULL');
	t.is(await agree({rate: ada(40_000)}), 'PROVIDER_COLLATERAL_TOO_SMALL');
	t.is(await agree({provider: hashOf('another')}), 'OPENING_OF_ANOTHER_PROVIDER');
	t.is(await agree({}, null), 'OPENING_VALID_TOO_LONG');
	t.is(await agree({}, world.nextSlot + 101), 'OPENING_VALID_TOO_LONG');
	t.is(await agree({}, undefined, await Peer.dial(world, provider, carol)), 'PAYER_FUNDS_TOO_SMALL');
	const transfer = client.transaction({kind: 'transfer', to: carol.account, amount: ada(1)});
	t.is(
		await client.outcome({kind: 'agree', transaction: client.bodyBytes(transfer)}),
		'OPENING_ACTION_WRONG',
	);
	t.is(await client.outcome({kind: 'agree', transaction: Uint8Array.of(0x80)}), 'TX_MALFORMED');
	const foreign = client.transaction(openingOf(provider));
	const stranger = await Peer.dial(world, provider, carol);
	t.is(await stranger.outcome({kind: 'agree', transaction: client.bodyBytes(foreign)}), 'OPENING_PEER_WRONG');
	// What is signed and not yet on chain is promised: three quarters do not fit twice.
	const capacityLeaves = 3 * 2 ** 18;
	t.is(await agree({nonce: 2, capacityLeaves}), 'witness');
	t.is(await agree({nonce: 3, capacityLeaves}), 'PROVIDER_FULL');
	t.is(await agree({nonce: 2, capacityLeaves}), 'witness');
	// An offer that nobody took up is free again when it is void.
	await world.advanceTo(world.ledger.slotAt(0, 8));
	t.is(await agree({nonce: 3, capacityLeaves}), 'witness');
	await world.stop([provider]);
});

test('signs only revisions whose root it computes from pieces that it has', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const [a, b, c] = [random(3000), random(4000), random(5000)];
	for (const piece of [a, b]) await client.put(agreementId, piece);
	t.is(await client.revise(agreementId, 1, {all: [c], added: [c]}), 'REVISION_PIECE_MISSING');
	t.is(await client.revise(agreementId, 1, {all: [a, b], added: [a]}), 'REVISION_ROOT_WRONG');
	t.is(await client.revise(agreementId, 1, {all: [a], added: [a, b]}), 'REVISION_ROOT_WRONG');
	t.is(await client.revise(agreementId, 0, {all: [a], added: [a]}), 'REVISION_STALE');
	t.is(await client.revise(agreementId, 2, {all: [a], added: [a]}), 'revised');
	t.is(await client.revise(agreementId, 1, {all: [a, b], added: [b]}), 'REVISION_STALE');
	t.is(await client.revise(agreementId, 2, {all: [a, b], added: [b]}), 'REVISION_NUMBER_USED');
	t.is(await client.revise(agreementId, 3, {all: [b], added: [b], removed: [a]}), 'revised');
	t.is((await client.newest(agreementId))?.revision.revisionNo, 3);
	t.is(world.ledger.state.agreements.get(keyOf(agreementId))?.revisionNo, 0);
	await world.stop([provider]);
});

test('does not sign two contents under one revision number', async t => {
	const {provider, client, world} = await start();
	const agreementId = await client.open();
	const [a, b] = [random(3000), random(4000)];
	for (const piece of [a, b]) await client.put(agreementId, piece);
	const ask = (all: readonly ReturnType<typeof random>[]): Promise<string> => {
		return client.revise(agreementId, 1, {all, added: all, change: {prevHash: null}});
	};
	t.is(await ask([a]), 'revised');
	t.is(await ask([b]), 'REVISION_NUMBER_USED');
	t.is(await ask([a]), 'revised');
	await world.stop([provider]);
});

test('proves after a restart what it committed to, although a newer revision is signed', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const [a, b] = [random(30_000), random(40_000)];
	await client.store(agreementId, [a]);
	await world.advanceTo(world.ledger.slotAt(1));
	t.is(world.ledger.eventsOf('committed').length, 1);
	await client.put(agreementId, b);
	t.is(await client.revise(agreementId, 2, {all: [b], added: [b], removed: [a]}), 'revised');
	await provider.service.stop();
	await world.advanceTo(world.ledger.slotAt(1, 3));
	const restarted = {...provider, service: await world.startService(provider)};
	await world.advanceTo(world.ledger.slotAt(2, 9));
	t.is(world.ledger.eventsOf('proven').length, 2);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	await world.stop([restarted]);
});

test('commits again when a revision comes between, and when a rollback undid it', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const [a, b] = [random(3000), random(4000)];
	await client.store(agreementId, [a]);
	await world.advanceTo(world.ledger.slotAt(0, 9));
	// In the window, until it has sent its commitment and that is in no block yet.
	while (world.mempool.length === 0) await world.forge();
	await client.put(agreementId, b);
	await client.revise(agreementId, 2, {all: [a, b], added: [b]});
	await world.advanceTo(world.ledger.slotAt(1));
	t.is(world.ledger.eventsOf('committed').length, 1);
	const before = world.ledger.blocks.length;
	while (world.ledger.eventsOf('committed').length > 0) world.ledger.rollback();
	t.true(world.ledger.blocks.length < before);
	await world.changed();
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.is(world.ledger.eventsOf('committed').length, 1);
	t.is(world.ledger.eventsOf('proven').length, 1);
	await world.stop([provider]);
});

test('proves again when a rollback changes the seed', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	await client.store(agreementId, [random(200_000)]);
	await world.advanceTo(world.ledger.slotAt(1, 6));
	t.is(world.ledger.eventsOf('proven').length, 1);
	const first = world.ledger.eventsOf('challenge-drawn').at(-1);
	while (world.ledger.slot > world.ledger.slotAt(1, 3)) world.ledger.rollback();
	world.mempool = [];
	// Other blocks in the seed window: another seed.
	await world.forge();
	await world.advanceTo(world.ledger.slotAt(1, 9));
	const second = world.ledger.eventsOf('challenge-drawn').at(-1);
	t.is(second?.epoch, first?.epoch);
	t.notDeepEqual(second?.seed, first?.seed);
	t.is(world.ledger.eventsOf('proven').length, 1);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	await world.stop([provider]);
});

test('a proof that is altered by one byte is refused, and the right one is sent after it', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	await client.store(agreementId, [random(200_000)]);
	await world.advanceTo(world.ledger.slotAt(1, 4));
	let altered = 0;
	world.tamper = wire => {
		altered++;
		const spoilt = wire.slice();
		spoilt[wire.length - 100] = (spoilt[wire.length - 100] as number) ^ 1;
		return altered === 1 ? spoilt : wire;
	};
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.true(altered >= 2);
	t.true(world.refused.includes('PROOF_WITNESS_WRONG'));
	t.is(world.ledger.eventsOf('proven').length, 1);
	await world.stop([provider]);
});

test('a spoilt piece costs the epoch, and says so', async t => {
	const {world, provider, client, store} = await start();
	const agreementId = await client.open();
	const piece = random(200_000);
	await client.store(agreementId, [piece]);
	store.corrupt(agreementId, piece.pieceId);
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.is((await provider.service.status()).lastFailure, 'PIECE_CORRUPT');
	t.is(world.ledger.eventsOf('missed')[0]?.reason, 'no-proof');
	const [penalty] = (await provider.service.status()).onChain?.penalties ?? [];
	t.like(penalty, {reason: 'no-proof', epoch: Epoch(1)});
	await world.stop([provider]);
});

test('forgets pieces that a revision took out, once nobody can ask for them', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open();
	const [a, b, staged] = [random(3000), random(4000), random(100)];
	await client.store(agreementId, [a]);
	await world.advanceTo(world.ledger.slotAt(1, 1));
	await client.put(agreementId, b);
	await client.put(agreementId, staged);
	await client.revise(agreementId, 2, {all: [b], added: [b], removed: [a]});
	await world.advanceTo(world.ledger.slotAt(2, 1));
	// Committed in epoch 1 and still to be proven or rolled back.
	t.truthy(await provider.store.find(agreementId, a.pieceId));
	await world.advanceTo(world.ledger.slotAt(4, 1));
	t.is(await provider.store.find(agreementId, a.pieceId), undefined);
	t.is(await provider.store.find(agreementId, staged.pieceId), undefined);
	t.truthy(await provider.store.find(agreementId, b.pieceId));
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	t.is(world.ledger.eventsOf('proven').length, 3);
	await world.stop([provider]);
});

test('forgets an agreement that has ended', async t => {
	const {world, provider, client} = await start();
	const agreementId = await client.open({endEpoch: Epoch(2)});
	await client.store(agreementId, [random(3000)]);
	await world.advanceTo(world.ledger.slotAt(3));
	t.is((await provider.store.agreements()).length, 1);
	await world.advanceTo(world.ledger.slotAt(5, 3));
	t.deepEqual(await provider.store.agreements(), []);
	await world.stop([provider]);
});

test('announces where it listens, signed and expiring', async t => {
	const {world, provider} = await start();
	const {env} = world.ledger;
	const [bytes] = world.announcements.values();
	const decoded = decodeAnnouncement(bytes ?? new Uint8Array(0));
	if (!decoded.ok) return t.fail(decoded.error.code);
	const verified = verifyAnnouncement(crypto, env.genesisHash, world.nextSlot, decoded.value);
	if (!verified.ok) return t.fail(verified.error.code);
	t.like(verified.value, {endpoint: 'east:1', key: provider.operator.verificationKey});
	await world.advanceTo(world.ledger.slotAt(1));
	const [newer] = world.announcements.values();
	const later = decodeAnnouncement(newer ?? new Uint8Array(0));
	t.true(later.ok && later.value.announcement.sequence > verified.value.sequence);
	await world.stop([provider]);
});

test('whatever is asked, an answer comes and the service lives', async t => {
	const {world, provider, client} = await start();
	await fc.assert(
		fc.asyncProperty(fc.uint8Array({maxLength: 100}), async head => {
			const {head: answer} = await client.session.request({head}, {bodyBytesMax: 0});
			const reply = decodeReply(answer);
			t.true(reply.ok && reply.value.kind === 'refused');
		}),
		{numRuns: 50},
	);
	t.is(await client.outcome({kind: 'have', agreementId: hashOf('x'), pieceIds: []}), 'AGREEMENT_UNKNOWN');
	await world.stop([provider]);
});

test('two agreements, of one client and of another, are proven together', async t => {
	const {world, provider, client} = await start();
	world.ledger.send(alice, {kind: 'payer-deposit', amount: ada(10)});
	const other = await Peer.dial(world, provider, alice);
	await client.store(await client.open(), [random(50_000)]);
	await other.store(await other.open(), [random(70_000), random(5)]);
	await world.advanceTo(world.ledger.slotAt(1, 9));
	t.is(world.ledger.eventsOf('proven').length, 1);
	t.is(world.ledger.eventsOf('storage-paid').length, 2);
	await world.stop([provider]);
});

test('providers send their commitments and proofs at slots of their own, spread over a window by their ids', async t => {
	const world = new StorageWorld();
	const names = ['a', 'b', 'c', 'd', 'e', 'f'];
	const providers = await world.addProviders(names);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	for (const provider of providers) {
		const peer = await Peer.dial(world, provider, bob);
		await peer.store(await peer.open(), [random(3000)]);
	}
	await world.advanceTo(world.ledger.slotAt(1, 9));
	const slotsOf = (kind: 'committed' | 'proven'): readonly number[] =>
		world.ledger.blocks.flatMap(({context, events}) =>
			events.filter(event => event.kind === kind).map(() => context.slot),
		);
	const {k, f} = world.ledger.env.genesis;
	for (const [kind, from] of [
		['committed', world.ledger.slotAt(1, -1)],
		['proven', world.ledger.slotAt(1, 4)],
	] as const) {
		const slots = slotsOf(kind);
		t.is(slots.length, names.length);
		t.true(new Set(slots).size > 1, 'not all at once');
		// Within one unit of the window, and the block after.
		const unit = (BigInt(k) * f.denominator) / f.numerator;
		t.true(slots.every(slot => slot >= from && slot <= from + Number(unit) + 2));
	}
	await world.stop(providers);
});

test('shows with its proof what a client has taken out, so that the chain expects it no longer', async t => {
	const {world, provider, client} = await start();
	world.ledger.send(alice, {kind: 'payer-deposit', amount: ada(10)});
	const other = await Peer.dial(world, provider, alice);
	const agreementId = await client.open();
	const large = random(200_000);
	await client.store(agreementId, [large]);
	await other.store(await other.open(), [random(3000)]);
	await world.advanceTo(world.ledger.slotAt(1, 9));
	const seen = () => world.ledger.state.agreements.get(keyOf(agreementId));
	t.is(seen()?.leaves, 196);
	t.is(await client.revise(agreementId, 2, {all: [], removed: [large]}), 'revised');
	// It must be committed to from epoch 3 on, and may be before.
	await world.advanceTo(world.ledger.slotAt(2, 9));
	t.is(seen()?.leaves, 0);
	await world.advanceTo(world.ledger.slotAt(3, 9));
	t.is(world.ledger.eventsOf('proven').length, 3);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	await world.stop([provider]);
});
