/** The mempool against a model that works everything out anew each time it is asked. */
import test from 'ava';
import fc from 'fast-check';
import {slotAt} from '#consensus/time';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {BlockNo, Slot} from '#kernel/slot';
import {openBlockDraft} from '#ledger/block/build-body';
import type {Draft} from '#ledger/state/draft';
import {checkTransaction} from '#ledger/tx/apply-transaction';
import {encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import type {ChainService} from '#node/services/chain/chain-service';
import {Mempool} from '#node/services/mempool/mempool';
import type {TransactionOrigin} from '#node/services/mempool/pooled-transactions';
import type {Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol} from '../../support/ledger-genesis.ts';
import {noMetrics} from '../../support/no-metrics.ts';
import {silentLog} from '../../support/silent-log.ts';
import {type Branch, feed, openTestChain, TestChain, timeOfSlot} from '../../support/test-chain.ts';
import {createVirtualClock, type VirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const {env} = network;
const senders = [alice, bob, carol];

/** Room for about eight payments, of which one peer may fill half with at most three. */
const BYTES_MAX = 1_700;
const COUNT_MAX = 3;

type Item = {readonly transaction: Transaction; readonly origin: TransactionOrigin};

class Model {
	items: Item[] = [];
	readonly adopted: Set<string> = new Set();
	readonly #chain: ChainService;
	readonly #clock: VirtualClock;

	constructor(chain: ChainService, clock: VirtualClock) {
		this.#chain = chain;
		this.#clock = clock;
	}

	get bytes(): number {
		return this.items.reduce((sum, {transaction}) => sum + transaction.size, 0);
	}

	/** Those that can still be in the next block, and the ledger with them. */
	settle(): {readonly draft: Draft; readonly place: {slot: Slot; blockNo: BlockNo}} {
		while (this.bytes > BYTES_MAX) this.#evict(undefined);
		const {tip} = this.#chain;
		const now = slotAt(network.slots, this.#clock.now()) ?? 0;
		const slot = Slot(Math.max(now, tip === 'origin' ? 0 : tip.slot + 1));
		const blockNo = BlockNo(tip === 'origin' ? 0 : tip.blockNo + 1);
		const prevHash = tip === 'origin' ? null : tip.hash;
		const draft = openBlockDraft(env, this.#chain.ledger, {slot, blockNo, prevHash, praosRoot: null});
		const place = {slot, blockNo};
		this.items = this.items.filter(
			({transaction}) => checkTransaction(env, draft, place, encodeTransaction(transaction)).ok,
		);
		return {draft, place};
	}

	/** The code of the refusal; undefined when it is kept. */
	submit(transaction: Transaction, origin: TransactionOrigin): string | undefined {
		if (this.items.some(item => equalBytes(item.transaction.id, transaction.id))) return 'MEMPOOL_HAS_IT';
		if (this.adopted.has(toHex(transaction.id))) return 'MEMPOOL_IN_CHAIN';
		if (origin !== 'local') {
			const own = this.items.filter(item => item.origin !== 'local' && item.origin.peer === origin.peer);
			const bytes = own.reduce((sum, item) => sum + item.transaction.size, transaction.size);
			if (own.length >= COUNT_MAX || bytes > BYTES_MAX / 2) return 'MEMPOOL_PEER_QUOTA';
		}
		const others = this.#loose().filter(item => !isOfOne(item.transaction, transaction));
		const room = others.reduce((sum, item) => sum + item.transaction.size, BYTES_MAX - this.bytes);
		if (room < transaction.size) return 'MEMPOOL_FULL';
		const {draft, place} = this.settle();
		const checked = checkTransaction(env, draft, place, encodeTransaction(transaction));
		if (!checked.ok) return checked.error.code;
		this.items.push({transaction, origin});
		if (this.bytes > BYTES_MAX) this.#evict(transaction);
		return undefined;
	}

	rolledBack(transactions: readonly Transaction[]): void {
		const ids = new Set(transactions.map(({id}) => toHex(id)));
		for (const id of ids) this.adopted.delete(id);
		const front = transactions.map(transaction => ({transaction, origin: 'local' as const}));
		this.items = [...front, ...this.items.filter(({transaction}) => !ids.has(toHex(transaction.id)))];
	}

	inBlock(transactions: readonly Transaction[]): void {
		const ids = new Set(transactions.map(({id}) => toHex(id)));
		for (const id of ids) this.adopted.add(id);
		this.items = this.items.filter(({transaction}) => !ids.has(toHex(transaction.id)));
	}

	#loose(): Item[] {
		return this.items.filter(
			(item, index) =>
				!this.items.slice(index + 1).some(later => isOfOne(later.transaction, item.transaction)),
		);
	}

	#evict(newest: Transaction | undefined): void {
		for (const item of this.#loose()) {
			if (this.bytes <= BYTES_MAX - Math.floor(BYTES_MAX / 16)) return;
			if (item.transaction !== newest) this.items = this.items.filter(other => other !== item);
		}
	}
}

const isOfOne = (one: Transaction, other: Transaction): boolean =>
	one.body.sender !== null && other.body.sender !== null && equalBytes(one.body.sender, other.body.sender);

type Step =
	| {
			readonly kind: 'submit';
			readonly sender: Party;
			/** From the sequence that would be right. */
			readonly offset: number;
			readonly amount: number;
			readonly forSlots: number | null;
			readonly origin: TransactionOrigin;
	  }
	/** A block with some of the mempool's transactions. */
	| {readonly kind: 'block'; readonly count: number}
	/** The last blocks give way to one more. */
	| {readonly kind: 'fork'; readonly depth: number}
	| {readonly kind: 'time'; readonly slots: number}
	| {readonly kind: 'again'};

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
	fc.oneof(
		{
			weight: 8,
			arbitrary: fc.record({
				kind: fc.constant('submit' as const),
				sender: fc.constantFrom(...senders),
				offset: fc.constantFrom(0, 0, 0, 0, 1, -1),
				amount: fc.integer({min: 1, max: 5}),
				forSlots: fc.constantFrom(null, null, 0, 3, 20),
				origin: fc.constantFrom<TransactionOrigin>('local', {peer: 'a'}, {peer: 'b'}),
			}),
		},
		{
			weight: 2,
			arbitrary: fc.record({kind: fc.constant('block' as const), count: fc.integer({min: 0, max: 4})}),
		},
		{
			weight: 1,
			arbitrary: fc.record({kind: fc.constant('fork' as const), depth: fc.integer({min: 1, max: 3})}),
		},
		{
			weight: 1,
			arbitrary: fc.record({kind: fc.constant('time' as const), slots: fc.integer({min: 1, max: 30})}),
		},
		{weight: 1, arbitrary: fc.record({kind: fc.constant('again' as const)})},
	),
	{minLength: 5, maxLength: 30},
);

class Trial {
	readonly #chain: ChainService;
	readonly #clock: VirtualClock;
	readonly #pool: Mempool;
	readonly #model: Model;
	#branch: Branch;
	/** Transactions of the blocks of the branch. */
	#bodies: (readonly Transaction[])[] = [[], []];
	#last: Transaction | undefined;

	private constructor(chain: ChainService, clock: VirtualClock, branch: Branch) {
		this.#chain = chain;
		this.#clock = clock;
		this.#branch = branch;
		this.#model = new Model(chain, clock);
		const options = {signal: new AbortController().signal, bytesMax: BYTES_MAX, peerCountMax: COUNT_MAX};
		this.#pool = new Mempool({chain, clock, log: silentLog, metrics: noMetrics}, options);
	}

	static async open(): Promise<Trial> {
		const branch = world.grow(world.origin, 2);
		const clock = createVirtualClock(timeOfSlot(network, 10_000));
		const chain = await openTestChain(network, {clock});
		await feed(chain, branch.blocks);
		return new Trial(chain, clock, branch);
	}

	/** What differs after the step; undefined: nothing. */
	async take(step: Step): Promise<string | undefined> {
		switch (step.kind) {
			case 'submit':
				return this.#submit(this.#transactionOf(step), step.origin);
			case 'again':
				return this.#last && this.#submit(this.#last, 'local');
			case 'time':
				this.#clock.advanceTo(this.#clock.now() + step.slots * network.slots.slotLengthMs);
				return this.#compare();
			case 'block':
				await this.#grow(this.#pool.transactions.slice(0, step.count));
				return this.#compare();
			case 'fork':
				await this.#fork(step.depth);
				return this.#compare();
		}
	}

	#submit(transaction: Transaction, origin: TransactionOrigin): string | undefined {
		this.#last = transaction;
		const submitted = this.#pool.submit(encodeTransaction(transaction), origin);
		const code = submitted.ok ? undefined : submitted.error.code;
		const expected = this.#model.submit(transaction, origin);
		if (code !== expected) return `submitted: ${code}, and the model says ${expected}`;
		return this.#compare();
	}

	/** Asks both, or now and then neither, so that what is put off is put off. */
	#compare(): string | undefined {
		this.#model.settle();
		const [ours, theirs] = [this.#pool.transactions, this.#model.items.map(({transaction}) => transaction)];
		if (ours.map(({id}) => toHex(id)).join() !== theirs.map(({id}) => toHex(id)).join())
			return `the mempool has ${ours.length} transactions, the model ${theirs.length}, or in another order`;
		if (this.#pool.count !== theirs.length || this.#pool.bytes !== this.#model.bytes)
			return 'count or bytes are wrong';
		return this.#pool.bytes > BYTES_MAX ? 'there is too much in it' : undefined;
	}

	#transactionOf({sender, offset, amount, forSlots}: Extract<Step, {kind: 'submit'}>): Transaction {
		const sequence = Math.max(0, this.#pool.nextSequence(sender.account) + offset);
		const slot = slotAt(network.slots, this.#clock.now()) ?? 0;
		const to = defined(senders[amount % 3], 'three').account;
		return world.transaction(
			this.#branch,
			sender,
			{kind: 'transfer', to, amount: ada(amount)},
			{sequence, ...(forSlots !== null && {validUntil: Slot(slot + forSlots)})},
		);
	}

	async #grow(transactions: readonly Transaction[]): Promise<void> {
		this.#branch = world.grow(this.#branch, 1, {transactions});
		this.#bodies.push(transactions);
		this.#model.inBlock(transactions);
		await feed(this.#chain, this.#branch.blocks.slice(-1));
	}

	async #fork(depth: number): Promise<void> {
		const kept = Math.max(this.#branch.blocks.length - depth, 2);
		const gone = this.#bodies.slice(kept).flat();
		const added = this.#branch.blocks.length - kept + 1;
		this.#branch = world.grow(world.cut(this.#branch, kept), added, {skip: 1});
		this.#bodies = [...this.#bodies.slice(0, kept), ...Array.from({length: added}, () => [])];
		this.#model.rolledBack(gone);
		await feed(this.#chain, this.#branch.blocks.slice(kept));
	}
}

test('whatever comes, goes into blocks, is rolled back or expires, it has what a model has that looks at everything anew', async t => {
	await fc.assert(
		fc.asyncProperty(steps, async drawn => {
			const trial = await Trial.open();
			for (const step of drawn) {
				const difference = await trial.take(step);
				if (difference !== undefined) t.fail(`${step.kind}: ${difference}`);
			}
		}),
		{numRuns: 40},
	);
	t.pass();
});
