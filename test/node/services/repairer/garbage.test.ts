import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {openRepairer} from '#node/services/repairer/repairer';
import {openStorageClient} from '#node/services/storage-client/storage-client';
import {areGarbage} from '#pieces/segment/piece-mask';
import {ada, alice, bob} from '../../../support/ledger-genesis.ts';
import {clientPorts, sourceOf} from '../support/client-kit.ts';
import {repairerParty} from '../support/repair-scene.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'p9'];

test('what was deleted and not taken out is named to the repairer, who leaves it and can show what else was lost', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const {verificationKey: repairerVk, account} = repairerParty;
	const client = await openStorageClient(clientPorts(world, bob), {
		seed: bob.seed,
		hedgeMs: 10_000,
		repairerVk,
	});
	await client.buckets.create('photos', {epochs: 8});
	for (const name of ['stays', 'goes', 'goes later'])
		await client.buckets.put({
			bucket: 'photos',
			name,
			source: sourceOf(new Uint8Array(randomBytes(300_000))),
			epochs: 8,
		});
	const before = (await client.buckets.repairTickets('photos')).tickets;
	const busiest = (count: ReadonlyMap<string, number>): string =>
		[...count].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
	const pieces = new Map<string, number>();
	for (const {holders, segments} of before.filter(({code}) => code.k > 1))
		for (const {holder} of segments.flatMap(segment => segment.pieces)) {
			const id = toHex(at(holders, holder).providerId);
			pieces.set(id, (pieces.get(id) ?? 0) + 1);
		}
	const lost = at(
		providers.filter(({id}) => toHex(id) === busiest(pieces)),
		0,
	);
	await lost.service.stop();
	await client.buckets.delete({bucket: 'photos', name: 'goes'});
	while (world.ledger.eventsOf('agreement-vacated').length === 0)
		await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 1));
	await client.buckets.delete({bucket: 'photos', name: 'goes later'});
	const {tickets} = await client.buckets.repairTickets('photos');
	await client.close();
	const garbage = new Set(
		tickets
			.flatMap(({segments}) => segments)
			.filter(({maskKey}) => areGarbage(maskKey))
			.flatMap(segment => segment.pieces.map(({pieceId}) => toHex(pieceId))),
	);
	t.true(garbage.size > 0);
	world.ledger.send(alice, {kind: 'transfer', to: account, amount: ada(10)});
	const repairer = await openRepairer(clientPorts(world, repairerParty), {
		seed: repairerParty.seed,
		hedgeMs: 10_000,
	});
	const {repaired, failed} = await repairer.repair({tickets});
	t.deepEqual(failed, []);
	const ids = repaired.flatMap(({pieceIds}) => pieceIds.map(toHex));
	t.true(ids.length > 0);
	t.false(ids.some(id => garbage.has(id)));
	const report = await repairer.claim({tickets, wait: true});
	t.is(report.incomplete, 0);
	// All can be shown to have been lost, though some are worth less than the fee.
	t.is(report.claimed.length + report.tooSmall, ids.length);
	repairer.close();
	await world.stop(providers.filter(provider => provider !== lost));
});
