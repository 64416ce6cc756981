/** What every piece store promises, asked of each. */
import {randomBytes} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import type {PieceStore, StoredRevision} from '#node/ports/piece-store';
import {createMemoryPieceStore} from '../support/memory-piece-store.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Adapter = {
	readonly name: string;
	readonly open: (t: ExecutionContext) => Promise<PieceStore>;
};

const adapters: readonly Adapter[] = [
	{name: 'memory', open: async () => createMemoryPieceStore()},
	{
		name: 'files',
		open: async t => openFilePieceStore(await temporaryFolder(t), {fileBytesMax: 1_000_000}),
	},
];

const id = (first: number): Hash32 => Hash32(new Uint8Array(32).fill(255).fill(first, 0, 1));
const [A, B] = [id(1), id(2)];

const readAll = async (store: PieceStore, agreementId: Hash32, pieceId: Hash32) => {
	const reader = await store.open(agreementId, pieceId);
	return reader && (await reader.read(0, reader.length));
};

const collected = async <T>(from: AsyncIterable<T>): Promise<readonly T[]> => {
	const found: T[] = [];
	for await (const each of from) found.push(each);
	return found;
};

/** All that is known of an agreement. */
const contentsOf = async (store: PieceStore, agreementId: Hash32) => ({
	...(await store.load(agreementId)),
	pieces: await collected(store.pieces(agreementId, 'all')),
	staged: await collected(store.pieces(agreementId, 'staged')),
	pages: await Promise.all(
		[0, 1].map(async page => {
			const bytes = await store.page(agreementId, page);
			return bytes === undefined ? null : [...bytes];
		}),
	),
	usage: await store.usage(agreementId),
});

/** Quicker than `deepEqual` on long arrays. */
const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
	a !== undefined && Buffer.compare(a, b) === 0;

const revision = (revisionNo: number): StoredRevision => ({
	revisionNo,
	base: revisionNo === 1 ? null : revisionNo - 1,
	root: id(revisionNo),
	leaves: revisionNo,
	added: [id(9)],
	removed: [],
	signed: Uint8Array.of(revisionNo),
});

for (const {name, open} of adapters) {
	test(`${name}: a piece is read back in any part`, async t => {
		const store = await open(t);
		const bytes = new Uint8Array(randomBytes(200_000));
		await store.put(A, id(7), bytes);
		await fc.assert(
			fc.asyncProperty(fc.nat(200_000), fc.nat(200_000), async (x, y) => {
				const [from, until] = [Math.min(x, y), Math.max(x, y)];
				const reader = await store.open(A, id(7));
				t.is(reader?.length, 200_000);
				t.true(same(await reader?.read(from, until - from), bytes.subarray(from, until)));
			}),
			{numRuns: 40},
		);
		await store.close();
	});

	test(`${name}: an empty piece is a piece`, async t => {
		const store = await open(t);
		await store.put(A, id(7), new Uint8Array(0));
		t.deepEqual(await readAll(store, A, id(7)), new Uint8Array(0));
		await store.close();
	});

	test(`${name}: a piece belongs to its agreement alone, and stays what it was`, async t => {
		const store = await open(t);
		await store.put(A, id(7), Uint8Array.of(1));
		await store.put(A, id(7), Uint8Array.of(2));
		await store.put(B, id(7), Uint8Array.of(3));
		t.deepEqual(await readAll(store, A, id(7)), Uint8Array.of(1));
		t.deepEqual(await readAll(store, B, id(7)), Uint8Array.of(3));
		t.is(await store.open(A, id(8)), undefined);
		t.is(await store.find(A, id(8)), undefined);
		t.deepEqual((await store.agreements()).map(toHex).sort(), [A, B].map(toHex));
		await store.dropAgreement(A);
		t.is(await readAll(store, A, id(7)), undefined);
		t.deepEqual((await store.agreements()).map(toHex), [toHex(B)]);
		await store.close();
	});

	test(`${name}: a change happens as a whole`, async t => {
		const store = await open(t);
		for (const piece of [3, 4, 5]) await store.put(A, id(piece), new Uint8Array(piece));
		const trie = {root: id(9), leaves: 2, page: 1, nextPage: 2};
		const putPages = [0, 1].map(page => ({page, bytes: Uint8Array.of(page)}));
		await store.change(A, {
			hold: [id(3), id(4)],
			addRevisions: [revision(1), revision(2)],
			settle: {trie, putPages, dropPages: []},
		});
		t.deepEqual(await contentsOf(store, A), {
			pieces: [
				{pieceId: id(3), length: 3, held: true},
				{pieceId: id(4), length: 4, held: true},
				{pieceId: id(5), length: 5, held: false},
			],
			staged: [{pieceId: id(5), length: 5, held: false}],
			pages: [[0], [1]],
			settled: trie,
			revisions: [revision(1), revision(2)],
			usage: {pieces: 3, bytes: 12, leaves: 3},
		});
		const later = {...trie, page: null};
		await store.change(A, {
			dropPieces: [id(4)],
			dropRevisions: [1],
			settle: {trie: later, putPages: [], dropPages: [0]},
		});
		const before = await contentsOf(store, A);
		t.deepEqual(before, {
			pieces: [
				{pieceId: id(3), length: 3, held: true},
				{pieceId: id(5), length: 5, held: false},
			],
			staged: [{pieceId: id(5), length: 5, held: false}],
			pages: [null, [1]],
			settled: later,
			revisions: [revision(2)],
			usage: {pieces: 2, bytes: 8, leaves: 2},
		});
		const failure = await t.throwsAsync(
			store.change(A, {hold: [id(5), id(6)], dropPieces: [id(3)], dropRevisions: [2]}),
			{instanceOf: NodeError},
		);
		t.is(failure?.code, 'PIECE_MISSING');
		t.deepEqual(await contentsOf(store, A), before);
		await store.close();
	});

	test(`${name}: a held piece can be staged again`, async t => {
		const store = await open(t);
		await store.put(A, id(3), new Uint8Array(3));
		await store.change(A, {hold: [id(3)]});
		await store.change(A, {unhold: [id(3)]});
		t.deepEqual(await store.find(A, id(3)), {pieceId: id(3), length: 3, held: false});
		await store.close();
	});

	test(`${name}: commitments are kept by epoch and root`, async t => {
		const store = await open(t);
		const commitment = (epoch: number, root: number) => ({
			epoch,
			root: id(root),
			agreements: [{agreementId: A, revisionNo: 300, root: id(5), leaves: 7}],
		});
		for (const [epoch, root] of [
			[300, 1],
			[2, 1],
			[2, 2],
			[300, 1],
		] as const)
			await store.putCommitment(commitment(epoch, root));
		t.deepEqual(await store.commitments(), [commitment(2, 1), commitment(2, 2), commitment(300, 1)]);
		await store.dropCommitments(300);
		t.deepEqual(await store.commitments(), [commitment(300, 1)]);
		await store.close();
	});

	test(`${name}: many writers and readers at a time do not disturb each other`, async t => {
		const store = await open(t);
		const pieces = Array.from({length: 40}, (_, index) => ({
			pieceId: id(index + 1),
			bytes: new Uint8Array(randomBytes(index * 3000)),
		}));
		await Promise.all(
			pieces.map(async ({pieceId, bytes}) => {
				await store.put(A, pieceId, bytes);
				await store.change(A, {hold: [pieceId]});
				t.true(same(await readAll(store, A, pieceId), bytes));
			}),
		);
		t.is((await contentsOf(store, A)).pieces.filter(({held}) => held).length, 40);
		t.like(store.totals(), {pieces: 40, bytes: (40 * 39 * 3000) / 2});
		await store.close();
	});

	test(`${name}: what lives survives reclaiming the space of what was dropped`, async t => {
		const store = await open(t);
		const pieces = Array.from({length: 30}, (_, index) => ({
			pieceId: id(index + 1),
			bytes: new Uint8Array(randomBytes(100_000)),
		}));
		for (const {pieceId, bytes} of pieces) await store.put(A, pieceId, bytes);
		const [dropped, living] = [pieces.slice(0, 17), pieces.slice(17)];
		await store.change(A, {dropPieces: dropped.map(({pieceId}) => pieceId)});
		await store.compact(Number.MAX_SAFE_INTEGER);
		for (const {pieceId} of dropped) t.is(await store.find(A, pieceId), undefined);
		for (const {pieceId, bytes} of living) t.true(same(await readAll(store, A, pieceId), bytes));
		await store.close();
	});

	test(`${name}: held pieces are gone through one after the other, staged ones are left out`, async t => {
		const store = await open(t);
		for (const [agreement, piece] of [
			[A, 3],
			[A, 4],
			[B, 3],
			[B, 5],
		] as const)
			await store.put(agreement, id(piece), new Uint8Array(piece));
		await store.change(A, {hold: [id(3)]});
		await store.change(B, {hold: [id(3), id(5)]});
		const found: string[] = [];
		for (let at = await store.nextHeld(undefined); at !== undefined; at = await store.nextHeld(at))
			found.push(`${toHex(at.agreementId).slice(0, 2)} ${toHex(at.pieceId).slice(0, 2)} ${at.length}`);
		t.deepEqual(found, ['01 03 3', '02 03 3', '02 05 5']);
		await store.close();
	});

	test(`${name}: notes are kept under their names`, async t => {
		const store = await open(t);
		await store.putNote('one', Uint8Array.of(1));
		await store.putNote('one', Uint8Array.of(2));
		t.deepEqual(await store.note('one'), Uint8Array.of(2));
		t.is(await store.note('other'), undefined);
		const {free, total} = await store.space();
		t.true(free > 0 && free <= total);
		await store.close();
	});
}
