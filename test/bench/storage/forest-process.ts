/** `forest-process.js WORLD`: starts on the disk of a `ForestWorld`, commits and proves as a provider does; prints JSON. */
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {pieceLeafCount} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {SIGNED_REVISION_BYTES_MAX} from '#ledger/agreements/revision';
import type {LedgerReader} from '#ledger/state/reader';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import type {PieceStore} from '#node/ports/piece-store';
import {AgreementPages} from '#node/services/provider/agreement-pages';
import {AgreementShelf} from '#node/services/provider/agreement-shelf';
import {ForestKeeper} from '#node/services/provider/forest-keeper';
import {openLeaves} from '#node/services/provider/open-leaves';
import {addPiece, agreementCommitment, agreementTrieOf, type HeldPiece} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {encodeForestProof} from '#storage-proofs/forest-proof';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {silentLog} from '../../support/silent-log.ts';
import type {ForestWorld} from './forest-world.ts';

export type ForestFigures = {
	readonly startMs: number;
	readonly commitMs: number;
	readonly proveMs: number;
	readonly appendMs: number;
	readonly rebuildMs: number;
	readonly proofBytes: number;
	readonly residentBytes: number;
};

const EPOCH = Epoch(1);
const PROVIDER = Hash32(new Uint8Array(32).fill(1));
/** One agreement in so many is made anew from the index, for the baseline: all of them take minutes. */
const REBUILT_PART = 20;

const world = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as ForestWorld;
const rows = new Map(world.agreements.map(each => [each.id, each] as const));

/** Only what the agreements of a provider are asked for. */
const state = {
	get: (table: string, key: string) => {
		if (table === 'providerAgreements') return world.agreements.map(({id}) => fromHex(id));
		const {root, leaves} = defined(rows.get(key), 'an agreement of this world');
		return {
			root: fromHex(root),
			leaves,
			revisionNo: 1,
			startEpoch: 0,
			endEpoch: 9,
			vacancy: null,
			closedIn: null,
		};
	},
	keys: () => [],
} as unknown as LedgerReader;

const timed = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
	const start = performance.now();
	return [await work(), performance.now() - start];
};

/** What was done before there were pages: every piece of every agreement from the index. */
const rebuild = async (
	store: PieceStore,
	hasher: Parameters<typeof agreementCommitment>[0],
): Promise<void> => {
	for (const [at, {id, root}] of world.agreements.entries()) {
		// The first one has a piece more by now.
		if (at % REBUILT_PART !== 1) continue;
		const held: HeldPiece[] = [];
		for await (const {pieceId, length} of store.pieces(Hash32(fromHex(id)), 'all'))
			held.push({pieceId, leaves: pieceLeafCount(length)});
		const trie = agreementTrieOf(held);
		assert(trie.ok, 'the sums fit');
		const made = agreementCommitment(hasher, trie.value);
		assert(Buffer.from(made.root).toString('hex') === root, 'it is the same trie');
	}
};

const {crypto, pieceTree} = await createCryptoBackends();
const [store, startMs] = await timed(() => openFilePieceStore(world.folder));
const shelf = new AgreementShelf(crypto, store, silentLog);
const forests = new ForestKeeper(crypto, store, shelf);

const [committed, commitMs] = await timed(async () => {
	const {forest} = await forests.due(state, PROVIDER, EPOCH);
	const {root, agreements} = defined(forest, 'nothing is lost');
	await store.putCommitment({epoch: EPOCH, root, agreements});
	return defined(forest, 'nothing is lost');
});

const indexes = world.indexes.map(BigInt);
const [proof, proveMs] = await timed(async () => {
	const {forest} = defined(await forests.committed(EPOCH, committed.root), 'it was committed');
	const opened = await forests.opened(forest, indexes);
	const openings = await openLeaves({store, trees: pieceTree}, leavesWanted(opened, indexes));
	const made = buildProof(crypto, opened, indexes, openings);
	assert(made.ok, 'the pieces are there');
	return made.value;
});
const {root, totalLeaves} = committed;
const asked = {root, totalLeaves: BigInt(totalLeaves), indexes};
assert(verifyForestProof(crypto, asked, proof).ok, 'the proof holds');
const residentBytes = process.memoryUsage().rss;

const target = Hash32(fromHex(defined(world.agreements[0], 'there is one').id));
const pieceId = Hash32(new Uint8Array(32).fill(7));
await store.put(target, pieceId, new Uint8Array(1000));
/** One piece more: what the client would sign, then the revision and its settlement, each on disk for good. */
const [, appendMs] = await timed(() =>
	shelf.change(target, async book => {
		const before = defined(book.version(book.settledTrie.root), 'the settled version');
		const opened = await new AgreementPages(crypto, store, target).towards(before.trie, pieceId);
		const wanted = addPiece(opened, {pieceId, leaves: 1});
		assert(wanted.ok, 'the sums fit');
		const {root: newRoot, leaves} = agreementCommitment(crypto, wanted.value);
		const change = {added: [pieceId], removed: []};
		const signed = new Uint8Array(SIGNED_REVISION_BYTES_MAX);
		const proposal = {revisionNo: 2, root: newRoot, leaves: Number(leaves), ...change, signed};
		const proposed = await book.propose(proposal);
		assert(proposed.ok, 'the revision is what its root says');
		await store.change(target, {addRevisions: [proposed.value]});
		await book.accept(proposed.value);
		const settlement = defined(await book.settlement(newRoot, 2), 'there is something to settle');
		await store.change(target, settlement.change);
		await book.settle(settlement);
	}),
);
const [, rebuildMs] = await timed(() => rebuild(store, crypto));
const figures: ForestFigures = {
	startMs,
	commitMs,
	proveMs,
	appendMs,
	rebuildMs: rebuildMs * REBUILT_PART,
	proofBytes: encodeForestProof(proof).length,
	residentBytes,
};
process.stdout.write(JSON.stringify(figures));
await store.close();
