import test from 'ava';
import fc from 'fast-check';
import {Hash32} from '#kernel/hash';
import {AgreementBook} from '#node/services/provider/agreement-book';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {crypto} from '../../../support/crypto.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';

const AGREEMENT = Hash32(new Uint8Array(32).fill(1));
const pieceId = (number: number): Hash32 => Hash32(new Uint8Array(32).fill(number + 100));

const commitmentOf = (numbers: Iterable<number>) => {
	const trie = agreementTrieOf([...numbers].map(number => ({pieceId: pieceId(number), leaves: number + 1})));
	if (!trie.ok) throw new RangeError(trie.error.code);
	const {root, leaves} = agreementCommitment(crypto, trie.value);
	return {root, leaves: Number(leaves)};
};

type Step =
	| {readonly kind: 'revise'; readonly toggled: readonly number[]; readonly onChain: boolean}
	| {readonly kind: 'settle'}
	| {readonly kind: 'restart'};

const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({
		kind: fc.constant('revise' as const),
		toggled: fc.uniqueArray(fc.nat(7), {minLength: 1, maxLength: 4}),
		onChain: fc.boolean(),
	}),
	fc.constant({kind: 'settle' as const}),
	fc.constant({kind: 'restart' as const}),
);

type Version = {readonly revisionNo: number; readonly pieces: ReadonlySet<number>};

/** A book, its store, and what should be in them. */
class Model {
	readonly store = createMemoryPieceStore();
	book = new AgreementBook(crypto, {pieces: [], revisions: []});
	/** The revision on chain. */
	current: Version = {revisionNo: 0, pieces: new Set()};
	/** Those signed since the last settlement. */
	signed: Version[] = [];
	#last = 0;

	async take(taken: Step): Promise<void> {
		if (taken.kind === 'restart') this.book = new AgreementBook(crypto, await this.store.load(AGREEMENT));
		else if (taken.kind === 'settle') await this.#settle();
		else await this.#revise(taken.toggled, taken.onChain);
	}

	async #settle(): Promise<void> {
		const {pieces, revisionNo} = this.current;
		const settlement = this.book.settlement(commitmentOf(pieces).root, revisionNo);
		if (settlement === undefined) return;
		await this.store.change(AGREEMENT, settlement.change);
		this.book.settle(settlement);
		this.signed = this.signed.filter(version => version.revisionNo > revisionNo);
	}

	async #revise(toggled: readonly number[], onChain: boolean): Promise<void> {
		const before = this.current.pieces;
		const added = toggled.filter(number => !before.has(number));
		const removed = toggled.filter(number => before.has(number));
		const pieces = new Set([...before, ...added].filter(number => !removed.includes(number)));
		for (const number of added) {
			await this.store.put(AGREEMENT, pieceId(number), new Uint8Array((number + 1) * 1024));
			this.book.stage(pieceId(number), (number + 1) * 1024);
		}
		const revisionNo = ++this.#last;
		const proposed = this.book.propose(
			{
				revisionNo,
				...commitmentOf(pieces),
				added: added.map(pieceId),
				removed: removed.map(pieceId),
			},
			commitmentOf(before).root,
		);
		if (!proposed.ok) throw new RangeError(proposed.error.code);
		await this.store.change(AGREEMENT, {addRevisions: [proposed.value]});
		this.book.accept(proposed.value);
		this.signed.push({revisionNo, pieces});
		if (onChain) this.current = {revisionNo, pieces};
	}
}

test('whatever is revised, settled and restarted, every version that may be on chain can be proven', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 12}), async steps => {
			const model = new Model();
			for (const taken of steps) {
				await model.take(taken);
				t.deepEqual(model.book.damaged, []);
				for (const {pieces} of [model.current, ...model.signed]) {
					const {root, leaves} = commitmentOf(pieces);
					t.is(model.book.version(root)?.leaves, leaves);
					for (const number of pieces)
						t.truthy(await model.store.find(AGREEMENT, pieceId(number)), `piece ${number}`);
				}
			}
		}),
		{numRuns: 150},
	);
});
