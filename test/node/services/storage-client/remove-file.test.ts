import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {
	type DeletionReceipt,
	type DeletionStatement,
	decodeReceipt,
	encodeReceipt,
	type FreedAgreement,
	signDeletion,
} from '#ledger/receipts/deletion-receipt';
import {verifyReceipt} from '#ledger/receipts/verify-receipt';
import {crypto} from '../../../support/crypto.ts';
import {ada, bob, carol} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];

/** Two files of one customer, in agreements of which a file that is gone already left enough room for both. */
const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const manifests = createMemoryManifestStore();
	const client = await openClient(world, bob, manifests);
	const bytes = new Uint8Array(randomBytes(150_000));
	const put = (name: string, source: Uint8Array) =>
		client.putFile({name, source: sourceOf(source), segmentBytes: 100_000, rate: ada(1)});
	await client.putFile({
		name: 'room',
		source: sourceOf(new Uint8Array(randomBytes(500_000))),
		segmentBytes: 100_000,
		rate: ada(1),
		epochs: 12,
	});
	await client.removeFile({name: 'room', keepReceipt: async () => {}});
	const kept = await put('kept', bytes);
	const gone = await put('gone', new Uint8Array(randomBytes(250_000)));
	return {world, providers, client, bytes, kept, gone, manifests};
};

type Scene = Awaited<ReturnType<typeof start>>;

const remove = async ({client}: Scene, name = 'gone') => {
	const receipts: Uint8Array[] = [];
	const removed = await client.removeFile({
		name,
		keepReceipt: async receipt => {
			receipts.push(receipt);
		},
	});
	const decoded = decodeReceipt(at(receipts, 0));
	if (!decoded.ok) throw new NodeError(decoded.error);
	return {removed, bytes: at(receipts, 0), receipt: decoded.value};
};

const failureOf = async (promise: Promise<unknown>): Promise<string> => {
	try {
		await promise;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
	}
	return 'none';
};

test('a removed file is gone from every provider, and its receipt shows it to anybody', async t => {
	const scene = await start();
	const {world, providers, client, bytes, gone} = scene;
	const {removed, receipt} = await remove(scene);
	t.deepEqual(removed, {name: 'gone', freed: gone.holders.length, pieces: gone.pieces, left: []});
	const verified = verifyReceipt(crypto, receipt);
	t.true(verified.ok);
	if (!verified.ok) return;
	t.like(verified.value, {
		agreements: gone.holders.length,
		pieces: gone.pieces,
		piecesWithoutBefore: 0,
		left: 0,
	});
	t.like(receipt.statement, {name: 'gone', size: 250_000n, clientVk: bob.verificationKey});
	t.deepEqual(toHex(receipt.statement.sha256), toHex(gone.sha256));
	t.deepEqual(
		(await client.listFiles()).map(({name}) => name),
		['kept'],
	);
	t.is(await failureOf(client.getFile({name: 'gone', sink: memorySink()})), 'MANIFEST_UNKNOWN');
	const sink = memorySink();
	await client.getFile({name: 'kept', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	// What the providers prove from now on is what both sides signed; in the end the bytes go too.
	const epoch = verified.value.freedFrom ?? t.fail();
	await world.advanceTo(world.ledger.slotAt(Number(epoch) + 5, 5));
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	for (const {agreementId, pieces} of receipt.statement.agreements)
		for (const {pieceId} of pieces)
			for (const {store} of providers) t.is(await store.open(agreementId, pieceId), undefined);
	await client.close();
	await world.stop(providers);
});

const resigned = (statement: DeletionStatement, seed: Uint8Array = bob.seed): DeletionReceipt =>
	signDeletion(crypto, seed, statement);

test('a receipt that says more than both sides signed is rejected', async t => {
	const scene = await start();
	const {receipt} = await remove(scene);
	const {receipt: other} = await remove(scene, 'kept');
	const {statement} = receipt;
	/** Of an agreement that had pieces of both files. */
	const keptIn = ({agreementId}: FreedAgreement): FreedAgreement | undefined =>
		other.statement.agreements.find(each => toHex(each.agreementId) === toHex(agreementId));
	const first = statement.agreements.find(each => (keptIn(each)?.pieces.length ?? 0) > 0);
	if (first === undefined) return t.fail();
	const changed = (change: Partial<FreedAgreement>): unknown =>
		verifyReceipt(crypto, resigned({...statement, agreements: [{...first, ...change}]}));
	const rejected = (error: object): unknown => ({ok: false, error});
	const {agreementId, revisions, pieces} = first;
	const piece = at(pieces, 0);

	t.deepEqual(
		verifyReceipt(crypto, {...receipt, statement: {...statement, name: 'another'}}),
		rejected({code: 'RECEIPT_SIGNATURE_INVALID'}),
	);
	t.deepEqual(
		verifyReceipt(crypto, resigned(statement, carol.seed)),
		rejected({code: 'RECEIPT_SIGNATURE_INVALID'}),
	);
	t.deepEqual(changed({revisions: []}), rejected({code: 'RECEIPT_REVISIONS_BROKEN', agreementId, index: 0}));
	t.deepEqual(
		changed({revisions: [...revisions].reverse()}),
		rejected({code: 'RECEIPT_REVISIONS_BROKEN', agreementId, index: 1}),
	);
	t.deepEqual(
		changed({agreementId: statement.genesisHash}),
		rejected({code: 'RECEIPT_REVISIONS_BROKEN', agreementId: statement.genesisHash, index: 0}),
	);
	const last = at(revisions, revisions.length - 1);
	const forged = {...last, providerSignature: new Uint8Array(64)};
	t.like(changed({revisions: [...revisions.slice(0, -1), forged]}), {
		error: {
			code: 'RECEIPT_REVISION_INVALID',
			error: {code: 'REVISION_SIGNATURE_INVALID', signer: 'provider'},
		},
	} as never);
	t.like(changed({pieces: [{...piece, held: null}]}), {
		error: {code: 'RECEIPT_PIECE_NOT_HELD', pieceId: piece.pieceId, error: null},
	} as never);
	t.like(changed({pieces: [{...piece, leaves: piece.leaves + 1}]}), {
		error: {code: 'RECEIPT_PIECE_NOT_HELD', pieceId: piece.pieceId},
	} as never);
	// A piece of the other file was still there when this one went.
	const kept = at(keptIn(first)?.pieces ?? [], 0);
	t.like(changed({pieces: [{...kept, held: kept.held, freed: piece.freed}]}), {
		error: {code: 'RECEIPT_PIECE_NOT_HELD'},
	} as never);
	t.like(changed({revisions: [last], pieces: [{...kept, freed: kept.freed}]}), {
		error: {code: 'RECEIPT_PIECE_NOT_FREED', pieceId: kept.pieceId},
	} as never);
	await scene.client.close();
	return scene.world.stop(scene.providers);
});

test('bytes of a receipt that were changed anywhere are no receipt', async t => {
	const scene = await start();
	const {bytes, receipt} = await remove(scene);
	t.deepEqual(encodeReceipt(receipt), bytes);
	fc.assert(
		fc.property(fc.nat(bytes.length - 1), fc.integer({min: 1, max: 255}), (place, flip) => {
			const wrong = bytes.slice();
			wrong[place] = (wrong[place] ?? 0) ^ flip;
			const decoded = decodeReceipt(wrong);
			t.false(decoded.ok && verifyReceipt(crypto, decoded.value).ok);
		}),
		{numRuns: 200},
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), junk => {
			t.false(decodeReceipt(junk).ok);
		}),
	);
	await scene.client.close();
	await scene.world.stop(scene.providers);
});

test('a provider that is silent keeps nobody from deleting, and the receipt says so', async t => {
	const scene = await start();
	const {world, providers, gone} = scene;
	const silent = providers.find(({id}) => toHex(id) === toHex(at(gone.holders, 0).providerId)) ?? t.fail();
	await (silent as (typeof providers)[number]).service.stop();
	const {removed, receipt} = await remove(scene);
	t.deepEqual(removed.left, [{agreementId: at(gone.holders, 0).agreementId, reason: 'unreachable'}]);
	t.is(removed.freed, gone.holders.length - 1);
	t.like(verifyReceipt(crypto, receipt), {ok: true, value: {left: 1}} as never);
	await scene.client.close();
	await world.stop(providers.filter(each => each !== silent));
});

test('keys are destroyed only when the receipt is kept; what was begun goes on where it was', async t => {
	const scene = await start();
	const {world, providers, client, gone} = scene;
	const full = client.removeFile({
		name: 'gone',
		keepReceipt: async () => {
			throw new NodeError({code: 'TEST_DISK_FULL'});
		},
	});
	t.is(await failureOf(full), 'TEST_DISK_FULL');
	t.is((await client.listFiles()).length, 2);
	const {removed, receipt} = await remove(scene);
	t.like(removed, {freed: gone.holders.length, pieces: gone.pieces, left: []});
	t.like(verifyReceipt(crypto, receipt), {ok: true, value: {piecesWithoutBefore: gone.pieces}} as never);
	t.is((await client.listFiles()).length, 1);
	await client.close();
	await world.stop(providers);
});
