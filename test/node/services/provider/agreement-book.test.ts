import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {toHex, u32be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {AgreementBook} from '#node/services/provider/agreement-book';
import {AgreementPages} from '#node/services/provider/agreement-pages';
import {AgreementShelf} from '#node/services/provider/agreement-shelf';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {leafAt} from '#storage-proofs/trie/trie';
import {crypto} from '../../../support/crypto.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';
import {silentLog} from '../../../support/silent-log.ts';

const AGREEMENT = Hash32(new Uint8Array(32).fill(1));
/** Pieces are named in hundreds, so that tries have several pages. */
const GROUP = 60;
const pieceId = (number: number): Hash32 => crypto.blake2b256(u32be(number));
const inGroups = (numbers: Iterable<number>): readonly number[] =>
	[...numbers].flatMap(number => Array.from({length: GROUP}, (_, at) => number * GROUP + at));

const commitmentOf = (numbers: Iterable<number>) => {
	const trie = agreementTrieOf(inGroups(numbers).map(number => ({pieceId: pieceId(number), leaves: 1})));
	if (!trie.ok) throw new RangeError(trie.error.code);
	const {root, leaves} = agreementCommitment(crypto, trie.value);
	return {root, leaves: Number(leaves)};
};

type Step =
	| {readonly kind: 'revise'; readonly toggled: readonly number[]; readonly commit: boolean}
	| {readonly kind: 'settle'}
	| {readonly kind: 'restart'};

const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({
		kind: fc.constant('revise' as const),
		toggled: fc.uniqueArray(fc.nat(7), {minLength: 1, maxLength: 4}),
		commit: fc.boolean(),
	}),
	fc.constant({kind: 'settle' as const}),
	fc.constant({kind: 'restart' as const}),
);

type Held = NonNullable<ReturnType<AgreementBook['version']>>;
type Version = {readonly revisionNo: number; readonly pieces: ReadonlySet<number>};

/** A book, its store, and what should be in them. */
class Model {
	readonly store = createMemoryPieceStore();
	book: AgreementBook | undefined;
	/** The revision that was committed to last. */
	current: Version = {revisionNo: 0, pieces: new Set()};
	newest: Version = {revisionNo: 0, pieces: new Set()};
	/** The settled one and those signed since. */
	signed: Version[] = [];
	#last = 0;

	async take(taken: Step): Promise<void> {
		if (taken.kind === 'restart') this.book = undefined;
		else if (taken.kind === 'settle') await this.#settle();
		else await this.#revise(taken.toggled, taken.commit);
	}

	/** Read again from the store after a restart. */
	async opened(): Promise<AgreementBook> {
		const ports = {hasher: crypto, store: this.store, agreementId: AGREEMENT};
		this.book ??= await AgreementBook.open(ports, await this.store.load(AGREEMENT));
		return this.book;
	}

	async #settle(): Promise<void> {
		const {pieces, revisionNo} = this.current;
		const book = await this.opened();
		const settlement = await book.settlement(commitmentOf(pieces).root, revisionNo);
		if (settlement === undefined) return;
		await this.store.change(AGREEMENT, settlement.change);
		await book.settle(settlement);
		this.signed = this.signed.filter(version => version.revisionNo >= revisionNo);
	}

	async #revise(toggled: readonly number[], commit: boolean): Promise<void> {
		const before = this.newest.pieces;
		const added = toggled.filter(number => !before.has(number));
		const removed = toggled.filter(number => before.has(number));
		const pieces = new Set([...before, ...added].filter(number => !removed.includes(number)));
		for (const number of inGroups(added))
			await this.store.put(AGREEMENT, pieceId(number), Uint8Array.of(number));
		const revisionNo = ++this.#last;
		const book = await this.opened();
		const proposed = await book.propose({
			revisionNo,
			...commitmentOf(pieces),
			added: inGroups(added).map(pieceId),
			removed: inGroups(removed).map(pieceId),
			signed: Uint8Array.of(revisionNo),
		});
		if (!proposed.ok) throw new RangeError(proposed.error.code);
		await this.store.change(AGREEMENT, {addRevisions: [proposed.value]});
		await book.accept(proposed.value);
		this.signed.push({revisionNo, pieces});
		this.newest = {revisionNo, pieces};
		if (commit) this.current = this.newest;
	}
}

/** All leaves that can be reached by their numbers, as piece ids in order. */
const walked = async (book: AgreementBook, version: Held): Promise<readonly string[]> => {
	const found: string[] = [];
	let {trie} = version;
	for (let index = 0n; index < version.leaves; index++) {
		trie = await book.openAt(trie, index);
		found.push(toHex(defined(leafAt(trie, index), 'within the trie').leaf.key));
	}
	return found;
};

test('whatever is revised, settled and restarted, every version since the last commitment can be proven, with its signatures', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 12}), async steps => {
			const model = new Model();
			for (const taken of steps) {
				await model.take(taken);
				const book = await model.opened();
				t.deepEqual(book.damaged, []);
				t.is(book.newest.revisionNo, model.newest.revisionNo);
				t.deepEqual(book.newest.root, commitmentOf(model.newest.pieces).root);
				for (const {pieces, revisionNo} of model.signed) {
					const {root, leaves} = commitmentOf(pieces);
					t.deepEqual(book.signed(revisionNo), Uint8Array.of(revisionNo));
					const version = book.version(root);
					t.is(version?.leaves, leaves);
					for (const number of inGroups(pieces))
						t.truthy(await model.store.find(AGREEMENT, pieceId(number)), `piece ${number}`);
				}
			}
			const book = await model.opened();
			for (const {pieces} of model.signed) {
				const version = defined(book.version(commitmentOf(pieces).root), 'it is there');
				const ids = inGroups(pieces).map(number => toHex(pieceId(number)));
				t.deepEqual(await walked(book, version), ids.sort());
			}
		}),
		{numRuns: 15},
	);
});

test('settling leaves no page behind, and none that is missing', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 12}), async steps => {
			const model = new Model();
			for (const taken of steps) await model.take(taken);
			const {settled} = await model.store.load(AGREEMENT);
			const pages = new AgreementPages(crypto, model.store, AGREEMENT);
			const {page, root, leaves} = defined(settled, 'it is known');
			const used =
				page === null
					? []
					: await pages.superseded({kind: 'stub', hash: root, sum: BigInt(leaves), page}, new Set());
			t.deepEqual([...used].sort(), [...model.store.pagesOf(AGREEMENT)].sort());
		}),
		{numRuns: 15},
	);
});

test('a trie of which a page is lost is made again from the pieces', async t => {
	const model = new Model();
	for (const taken of [
		{kind: 'revise', toggled: [1, 2, 3, 4], commit: true},
		{kind: 'settle'},
		{kind: 'revise', toggled: [5], commit: false},
	] as const)
		await model.take(taken);
	const before = await model.store.load(AGREEMENT);
	for (const page of model.store.pagesOf(AGREEMENT)) model.store.losePage(AGREEMENT, page);
	const shelf = new AgreementShelf(crypto, model.store, silentLog);
	const {root} = commitmentOf([1, 2, 3, 4, 5]);
	const version = await shelf.change(AGREEMENT, async book => book.version(root));
	t.is(version?.leaves, 5 * GROUP);
	const after = await model.store.load(AGREEMENT);
	t.deepEqual(after.settled?.root, before.settled?.root);
	t.true(model.store.pagesOf(AGREEMENT).length > 1);
});
