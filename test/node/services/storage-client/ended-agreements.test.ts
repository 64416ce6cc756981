/** What is said of files whose agreements have ended. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {bob} from '../../../support/ledger-genesis.ts';
import {memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];

const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const source = sourceOf(new Uint8Array(randomBytes(20_000)));
	await client.putFile({name: 'a', source, epochs: 2});
	await client.buckets.create('photos', {epochs: 2});
	await client.close();
	return {world, providers};
};

const failureOf = async (work: Promise<unknown>): Promise<NodeError> => {
	try {
		await work;
	} catch (error) {
		if (error instanceof NodeError) return error;
		throw error;
	}
	throw new RangeError('it did not fail');
};

test('who asks for what was in agreements that have ended is told that they have', async t => {
	const {world, providers} = await start();
	const client = await openClient(world, bob);
	await world.advanceTo(world.ledger.slotAt(7));
	const {code, message, detail} = await failureOf(client.buckets.list());
	t.is(code, 'PIECE_UNAVAILABLE');
	t.regex(message, /has no agreement that goes on: what was in those that have ended is kept no longer/);
	t.is(detail['active'], 0);
	await client.close();
	await world.stop(providers);
});

test('a file whose agreements have ended is told apart from one whose providers are away', async t => {
	const {world, providers} = await start();
	const client = await openClient(world, bob);
	const source = sourceOf(new Uint8Array(randomBytes(20_000)));
	const {holders} = await client.putFile({name: 'b', source, epochs: 20});
	for (const provider of providers) await provider.service.stop();
	const away = await failureOf(client.getFile({name: 'b', sink: memorySink()}));
	t.is(away.code, 'DOWNLOAD_TOO_FEW_PIECES');
	t.is(away.detail['agreementsEnded'], undefined);
	const silent = await failureOf(client.buckets.list());
	t.is(silent.code, 'PIECE_UNAVAILABLE');
	t.regex(silent.message, /\d+ providers do not answer: try again when they do/);
	const {agreementId} = at(holders, 0);
	world.ledger.advanceTo(world.ledger.slotAt(22));
	t.false(world.ledger.state.agreements.has(Buffer.from(agreementId).toString('hex')));
	const ended = await failureOf(client.getFile({name: 'b', sink: memorySink()}));
	t.is(ended.code, 'DOWNLOAD_TOO_FEW_PIECES');
	t.is(ended.detail['agreementsEnded'], holders.length);
	t.regex(ended.message, /of its \d+ agreements have ended: what was in them is kept no longer/);
	await client.close();
});
