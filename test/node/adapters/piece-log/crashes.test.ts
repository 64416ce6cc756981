/** A piece store on a disk that fails at any write: what was promised is there afterwards, and nothing else. */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import type {PieceStore, StoredPiece} from '#node/ports/piece-store';
import {
	createFaultyFileSystem,
	type DiskFault,
	type FaultyFileSystem,
} from '../../../support/faulty-file-system.ts';
import {journalIndexOn} from '../../../support/journal-index.ts';

const FOLDER = 'pieces';

const id = (number: number): Hash32 => Hash32(new Uint8Array(32).fill(number + 1));

/** The same for the same piece, as an id promises. */
const bytesOf = (piece: number): Uint8Array =>
	new Uint8Array(700 * piece).map((_, at) => (at * 31 + piece * 7) % 251);

type Step =
	| {readonly kind: 'put'; readonly agreement: number; readonly piece: number}
	| {
			readonly kind: 'change';
			readonly agreement: number;
			readonly toggled: readonly number[];
			readonly dropped: readonly number[];
			readonly revisionNo: number;
	  }
	| {readonly kind: 'drop'; readonly agreement: number}
	| {readonly kind: 'commit'; readonly epoch: number}
	| {readonly kind: 'compact'; readonly bytes: number};

type Agreement = {readonly pieces: ReadonlyMap<number, boolean>; readonly revisionNo: number};
type State = {readonly agreements: ReadonlyMap<number, Agreement>; readonly epochs: ReadonlySet<number>};

const NOTHING: State = {agreements: new Map(), epochs: new Set()};
const NO_AGREEMENT: Agreement = {pieces: new Map(), revisionNo: 0};

const withAgreement = (state: State, agreement: number, change: Partial<Agreement>): State => ({
	...state,
	agreements: new Map(state.agreements).set(agreement, {
		...(state.agreements.get(agreement) ?? NO_AGREEMENT),
		...change,
	}),
});

/** What a step makes of what should be there. */
const after = (state: State, step: Step): State => {
	if (step.kind === 'compact') return state;
	if (step.kind === 'commit') return {...state, epochs: new Set([...state.epochs, step.epoch])};
	const agreements = new Map(state.agreements);
	if (step.kind === 'drop') {
		agreements.delete(step.agreement);
		return {...state, agreements};
	}
	const {pieces} = agreements.get(step.agreement) ?? NO_AGREEMENT;
	const changed = new Map(pieces);
	if (step.kind === 'put') {
		if (!changed.has(step.piece)) changed.set(step.piece, false);
		return withAgreement(state, step.agreement, {pieces: changed});
	}
	for (const piece of step.toggled) if (pieces.has(piece)) changed.set(piece, !pieces.get(piece));
	for (const piece of step.dropped) changed.delete(piece);
	return withAgreement(state, step.agreement, {pieces: changed, revisionNo: step.revisionNo});
};

const take = async (store: PieceStore, state: State, step: Step): Promise<void> => {
	if (step.kind === 'compact') await store.compact(step.bytes);
	else if (step.kind === 'commit')
		await store.putCommitment({epoch: step.epoch, root: id(0), agreements: []});
	else if (step.kind === 'drop') await store.dropAgreement(id(step.agreement));
	else if (step.kind === 'put') await store.put(id(step.agreement), id(step.piece), bytesOf(step.piece));
	else {
		const {pieces} = state.agreements.get(step.agreement) ?? NO_AGREEMENT;
		const toggled = step.toggled.filter(piece => pieces.has(piece) && !step.dropped.includes(piece));
		const {revisionNo} = step;
		const trie = {root: id(revisionNo), leaves: revisionNo, page: revisionNo, nextPage: revisionNo + 1};
		await store.change(id(step.agreement), {
			hold: toggled.filter(piece => !pieces.get(piece)).map(id),
			unhold: toggled.filter(piece => pieces.get(piece)).map(id),
			dropPieces: step.dropped.map(id),
			settle: {trie, putPages: [{page: revisionNo, bytes: Uint8Array.of(revisionNo)}], dropPages: []},
		});
	}
};

const collected = async (from: AsyncIterable<StoredPiece>): Promise<readonly StoredPiece[]> => {
	const found: StoredPiece[] = [];
	for await (const each of from) found.push(each);
	return found;
};

const opened = (disk: FaultyFileSystem): Promise<PieceStore> =>
	openFilePieceStore(FOLDER, {
		fileBytesMax: 8000,
		fileSystem: disk,
		openIndex: journalIndexOn(disk),
		space: async () => ({free: 1, total: 1}),
	});

/** What is there, with every byte compared. */
const found = async (t: ExecutionContext, store: PieceStore): Promise<State> => {
	const agreements = new Map<number, Agreement>();
	for (const agreementId of await store.agreements()) {
		const listed = await collected(store.pieces(agreementId, 'all'));
		const staged = await collected(store.pieces(agreementId, 'staged'));
		t.deepEqual(
			staged,
			listed.filter(({held}) => !held),
		);
		for (const {pieceId, length} of listed) {
			const read = await (await store.open(agreementId, pieceId))?.read(0, length);
			t.true(Buffer.compare(read ?? new Uint8Array(1), bytesOf((pieceId[0] as number) - 1)) === 0);
		}
		const usage = await store.usage(agreementId);
		t.is(usage.pieces, listed.length);
		t.is(
			usage.bytes,
			listed.reduce((sum, {length}) => sum + length, 0),
		);
		const {settled} = await store.load(agreementId);
		if (settled !== undefined && settled.page !== null)
			t.deepEqual(await store.page(agreementId, settled.page), Uint8Array.of(settled.page));
		agreements.set((agreementId[0] as number) - 1, {
			pieces: new Map(listed.map(({pieceId, held}) => [(pieceId[0] as number) - 1, held])),
			revisionNo: settled?.leaves ?? 0,
		});
	}
	const epochs = new Set((await store.commitments()).map(({epoch}) => epoch));
	return {agreements, epochs};
};

const heldOf = ({pieces}: Agreement): readonly number[] =>
	[...pieces].flatMap(([piece, held]) => (held ? piece : [])).sort((a, b) => a - b);

const isAgreementLeft = (should: Agreement, surely: Agreement, does: Agreement): boolean =>
	should.revisionNo === does.revisionNo &&
	String(heldOf(should)) === String(heldOf(does)) &&
	[...does.pieces.keys()].every(piece => should.pieces.has(piece)) &&
	[...should.pieces.keys()].every(piece => does.pieces.has(piece) || !surely.pieces.has(piece));

/** Whether it may be what a crash left of `wanted`: all of it but staged pieces that nobody had made sure of. */
const isLeftOf = (wanted: State, sure: State, is: State): boolean =>
	String([...wanted.epochs].sort()) === String([...is.epochs].sort()) &&
	wanted.agreements.size === is.agreements.size &&
	[...wanted.agreements].every(([name, should]) => {
		const does = is.agreements.get(name);
		return does !== undefined && isAgreementLeft(should, sure.agreements.get(name) ?? NO_AGREEMENT, does);
	});

/** One life of a store, and what may be there when it ends in a crash. */
class Life {
	readonly #t: ExecutionContext;
	readonly #disk: FaultyFileSystem;
	readonly #note: string;
	#store: PieceStore;
	#state: State = NOTHING;
	/** From what was made sure of on. */
	possible: State[] = [NOTHING];

	constructor(t: ExecutionContext, disk: FaultyFileSystem, store: PieceStore, note: string) {
		this.#t = t;
		this.#disk = disk;
		this.#store = store;
		this.#note = note;
	}

	/** False when it died. */
	async take(step: Step): Promise<boolean> {
		const next = after(this.#state, step);
		try {
			await take(this.#store, this.#state, step);
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			if (error.code === 'PIECE_STORE_FULL') return await this.#makeRoom(next);
			this.#t.is(error.code, 'TEST_DIED');
			this.possible.push(next);
			return false;
		}
		this.#state = next;
		if (step.kind === 'put' || step.kind === 'compact') this.possible.push(next);
		else this.possible = [next];
		return true;
	}

	/** What failed happened or did not; a failed sync may leave either. */
	async #makeRoom(next: State): Promise<true> {
		this.#disk.freeSpace();
		// The last write may fail again.
		await this.#store.close().catch(() => undefined);
		this.#store = await opened(this.#disk);
		const now = await found(this.#t, this.#store);
		const before = this.#state;
		this.#t.true(isLeftOf(before, before, now) || isLeftOf(next, before, now), this.#note);
		this.#state = now;
		this.possible = [now];
		return true;
	}
}

/** Lives one life up to its crash or its end; then another one must find what may be there. */
const live = async (
	t: ExecutionContext,
	steps: readonly Step[],
	{fault, seed}: {readonly fault: DiskFault; readonly seed: number},
): Promise<void> => {
	const disk = createFaultyFileSystem({seed});
	const note = JSON.stringify({fault, seed, steps});
	const life = new Life(t, disk, await opened(disk), note);
	disk.arm(fault);
	for (const step of steps) if (!(await life.take(step))) break;
	const [sure = NOTHING] = life.possible;
	const possible = fault.kind === 'kill' ? life.possible.slice(-2) : life.possible;
	if (!disk.isDown) disk.crash(fault.kind === 'kill' ? 'process' : 'power');
	disk.restart();
	const store = await opened(disk);
	const is = await found(t, store);
	t.true(
		possible.some(each => isLeftOf(each, sure, is)),
		note,
	);
	// It lives on: what is written now is there, and space is given back.
	await store.put(id(9), id(9), bytesOf(9));
	await store.change(id(9), {hold: [id(9)]});
	await store.compact(1_000_000);
	const later = withAgreement(is, 9, {pieces: new Map([[9, true]])});
	t.deepEqual(await found(t, store), later, note);
	await store.close();
	const again = await opened(disk);
	t.deepEqual(await found(t, again), later, note);
};

const small = fc.integer({min: 0, max: 5});
const few = fc.uniqueArray(small, {maxLength: 4});
const stepOf: fc.Arbitrary<Step> = fc.oneof(
	{weight: 5, arbitrary: fc.record({kind: fc.constant('put' as const), agreement: fc.nat(1), piece: small})},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant('change' as const),
			agreement: fc.nat(1),
			toggled: few,
			dropped: few,
			revisionNo: fc.integer({min: 1, max: 9}),
		}),
	},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('drop' as const), agreement: fc.nat(1)})},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('commit' as const), epoch: small})},
	{
		weight: 2,
		arbitrary: fc.record({kind: fc.constant('compact' as const), bytes: fc.integer({min: 1, max: 9000})}),
	},
);

const kinds = ['kill', 'powerCut', 'tornCut', 'full'] as const;

test('whatever is done, a crash at any write leaves what was promised, and no half of anything', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(stepOf, {minLength: 1, maxLength: 30}),
			fc.constantFrom(...kinds),
			fc.nat(70),
			fc.nat(1000),
			(steps, kind, at, seed) => live(t, steps, {fault: {at, kind}, seed}),
		),
		{numRuns: 300},
	);
});

test('what was found after a disk was full is not lost when the power goes', async t => {
	const steps = [{kind: 'change', agreement: 1, toggled: [], dropped: [], revisionNo: 6}] as const;
	for (let seed = 0; seed < 20; seed++) await live(t, steps, {fault: {at: 1, kind: 'full'}, seed});
});

/** Fills several files, drops most of one, moves the rest. */
const everything: readonly Step[] = [
	...[0, 1, 2, 3, 4, 5].map(piece => ({kind: 'put', agreement: 0, piece}) as const),
	{kind: 'change', agreement: 0, toggled: [0, 1, 2, 3, 4, 5], dropped: [], revisionNo: 1},
	...[1, 2, 3].map(piece => ({kind: 'put', agreement: 1, piece}) as const),
	{kind: 'change', agreement: 1, toggled: [1], dropped: [], revisionNo: 2},
	{kind: 'change', agreement: 0, toggled: [5], dropped: [1, 3, 4], revisionNo: 3},
	{kind: 'compact', bytes: 100_000},
	{kind: 'commit', epoch: 1},
	{kind: 'drop', agreement: 0},
	{kind: 'compact', bytes: 100_000},
];

for (const kind of kinds)
	test(`${kind} at every write of a whole life`, async t => {
		const disk = createFaultyFileSystem();
		const store = await opened(disk);
		const before = disk.writes;
		let state = NOTHING;
		for (const step of everything) {
			await take(store, state, step);
			state = after(state, step);
		}
		const writes = disk.writes - before;
		t.true(writes > 40);
		for (let at = 0; at < writes; at++) await live(t, everything, {fault: {at, kind}, seed: at});
	});
