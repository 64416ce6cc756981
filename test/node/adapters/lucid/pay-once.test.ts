/** Payments of a process that is killed anywhere, and started again: each is made once. */
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {type PaymentJournal, payOnce, type SettlePorts} from '#node/adapters/lucid/pay-once';
import type {SignedPayment} from '#node/adapters/lucid/signed-payment';
import {type SignedTransaction, submitSurely} from '#node/adapters/lucid/submit-surely';

/** A transaction that spends one output of the wallet; `cbor` is its number in four digits and that output's. */
const transaction = (number: number, spends: number): SignedTransaction => {
	const text = String(number).padStart(4, '0') + String(spends).padStart(4, '0');
	return {cbor: text, txId: Hash32(new Uint8Array(32).fill(number % 256))};
};
const spentBy = ({cbor}: SignedTransaction): number => Number(cbor.slice(4));

const FIGURES = {size: 1, fee: 1n, executionUnits: {cpu: 0n, memory: 0n}};

const SPENT = 'BadInputsUTxO (Set.fromList [])';
const LATE = 'The transaction is outside of its validity interval.';

class Killed extends Error {}

/** A Cardano with one wallet whose transactions form a chain, and the file beside its key. */
class World {
	readonly blocks: SignedTransaction[] = [];
	readonly pool: SignedTransaction[] = [];
	readonly purposes = new Map<string, string>();
	noted: SignedPayment | undefined;
	signed = 0;
	/** Steps until the process is killed. */
	left = Number.POSITIVE_INFINITY;
	/** Whether the next answers are lost. */
	silent: boolean[] = [];
	/** How a node refuses what spends what is spent: of several reasons it may name any one. */
	words = SPENT;
	/** Blocks made so far, which is the time. */
	time = 0;

	#step(): void {
		if (this.left-- <= 0) throw new Killed();
	}

	/** A step during which the process may be killed, before and after it has an effect. */
	async #does<T>(effect: () => T): Promise<T> {
		this.#step();
		const result = effect();
		this.#step();
		return result;
	}

	#makeBlock(): void {
		this.time++;
		this.blocks.push(...this.pool.splice(0));
	}

	#submit(cbor: string): Hash32 {
		const signed = transaction(Number(cbor.slice(0, 4)), Number(cbor.slice(4)));
		const isSpent = [...this.blocks, ...this.pool].some(other => spentBy(other) === spentBy(signed));
		if (isSpent) throw new NodeError({code: 'CARDANO_TRANSACTION_REFUSED', reason: this.words});
		this.pool.push(signed);
		if (this.silent.pop() === true) throw new NodeError({code: 'CARDANO_UNREACHABLE'});
		return signed.txId;
	}

	readonly journal: PaymentJournal = {
		place: 'payments/42.json',
		alone: task => task(),
		read: () => this.#does(() => this.noted),
		write: payment =>
			this.#does(() => {
				this.noted = payment;
			}),
		// Whoever is killed when all is done has paid and has not said so: nobody can tell that from a second order.
		clear: async () => {
			this.#step();
			this.noted = undefined;
		},
	};

	readonly ports: SettlePorts = {
		submit: cbor => this.#does(() => this.#submit(cbor)),
		isInBlock: txId =>
			this.#does(() => {
				const isThere = this.blocks.some(each => toHex(each.txId) === toHex(txId));
				this.#makeBlock();
				return isThere;
			}),
		inputs: signed =>
			this.#does(() => (this.blocks.some(each => spentBy(each) === spentBy(signed)) ? 'spent' : 'there')),
		shownMs: () => this.#does(() => this.time),
		clock: {now: () => this.time, waitUntil: async () => undefined},
	};

	run(purpose: string): Promise<ExecutedTransaction> {
		const {journal, ports} = this;
		return payOnce({journal, ports, purpose}, async keep => {
			const signed = transaction(++this.signed, this.blocks.length);
			this.purposes.set(signed.cbor, purpose);
			const executed = {...signed, ...FIGURES};
			await keep(signed, executed);
			await submitSurely(ports, signed);
			return executed;
		});
	}

	/** How often each purpose was paid. */
	paid(): Readonly<Record<string, number>> {
		const counts: Record<string, number> = {};
		for (const {cbor} of this.blocks) {
			const purpose = this.purposes.get(cbor) ?? '';
			counts[purpose] = (counts[purpose] ?? 0) + 1;
		}
		return counts;
	}
}

const untilDone = async (world: World, purpose: string, kills: readonly number[]): Promise<void> => {
	for (const left of [...kills, Number.POSITIVE_INFINITY]) {
		world.left = left;
		try {
			await world.run(purpose);
			return;
		} catch (error) {
			if (!(error instanceof Killed)) throw error;
		}
	}
};

test('a payment is made once, wherever the process that makes it is killed', async t => {
	for (let kill = 0; kill < 16; kill++) {
		const world = new World();
		await untilDone(world, 'rent', [kill]);
		t.deepEqual(world.paid(), {rent: 1}, `killed at step ${kill}`);
		await untilDone(world, 'rent', []);
		t.deepEqual(world.paid(), {rent: 2}, 'asked for once more');
	}
});

test('however often processes are killed and answers are lost, each payment is made once', async t => {
	const command = fc.record({
		purpose: fc.constantFrom('rent', 'power', 'gift'),
		kills: fc.array(fc.nat({max: 14}), {maxLength: 4}),
		silent: fc.array(fc.boolean(), {maxLength: 3}),
		words: fc.constantFrom(SPENT, LATE),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(command, {minLength: 1, maxLength: 5}), async commands => {
			const world = new World();
			const wanted: Record<string, number> = {};
			for (const {purpose, kills, silent, words} of commands) {
				world.words = words;
				world.silent = [...silent];
				await untilDone(world, purpose, kills);
				wanted[purpose] = (wanted[purpose] ?? 0) + 1;
			}
			t.deepEqual(world.paid(), wanted);
			t.is(world.noted, undefined);
		}),
		{numRuns: 300},
	);
});

test('what another transaction has made void is forgotten, and paid anew', async t => {
	const world = new World();
	await t.throwsAsync(
		payOnce({journal: world.journal, ports: world.ports, purpose: 'rent'}, async keep => {
			const signed = transaction(9, 0);
			await keep(signed, {...signed, ...FIGURES});
			throw new Killed();
		}),
		{instanceOf: Killed},
	);
	world.blocks.push(transaction(8, 0));
	await untilDone(world, 'rent', []);
	t.deepEqual(world.paid(), {'': 1, rent: 1});
});

test('nothing is signed while nobody knows what became of the last payment', async t => {
	const world = new World();
	const signed = transaction(9, 0);
	const executed = {...signed, ...FIGURES};
	world.noted = {...signed, purpose: 'rent', executed};
	world.blocks.push(transaction(8, 0));
	const order = {journal: world.journal, purpose: 'rent'};
	const pay = async (): Promise<ExecutedTransaction> => t.fail('signed') as never;
	const unknown: SettlePorts = {...world.ports, inputs: async () => 'unknown'};
	await t.throwsAsync(payOnce({...order, ports: unknown}, pay), {code: 'CARDANO_PAYMENT_OPEN'});
	const silence: SettlePorts = {
		...world.ports,
		submit: async () => {
			throw new NodeError({code: 'CARDANO_UNREACHABLE'});
		},
	};
	await t.throwsAsync(payOnce({...order, ports: silence}, pay), {code: 'CARDANO_SUBMISSION_UNCLEAR'});
	t.truthy(world.noted);
});

const OUTSIDE = new NodeError({code: 'CARDANO_TRANSACTION_REFUSED', reason: LATE});

test('what is refused for being late, but is in a block that the index does not show yet, is not paid again', async t => {
	const world = new World();
	const signed = transaction(9, 0);
	world.purposes.set(signed.cbor, 'rent');
	world.noted = {...signed, purpose: 'rent', executed: {...signed, ...FIGURES}};
	world.blocks.push(signed);
	let looks = 0;
	const isShown = (): boolean => ++looks > 7;
	const lagging: SettlePorts = {
		...world.ports,
		submit: () => Promise.reject(OUTSIDE),
		isInBlock: async () => isShown(),
		inputs: async () => (looks > 7 ? 'spent' : 'there'),
		shownMs: async () => 0,
	};
	const pay = async (): Promise<ExecutedTransaction> => t.fail('signed') as never;
	t.like(await payOnce({journal: world.journal, ports: lagging, purpose: 'rent'}, pay), {isResumed: true});
	t.deepEqual(world.paid(), {rent: 1});
});

test('what is late and spends what is still there, up to a later block, is forgotten and paid anew', async t => {
	const world = new World();
	const late = transaction(9, 0);
	world.noted = {...late, purpose: 'rent', executed: {...late, ...FIGURES}};
	let shown = 0;
	const ports: SettlePorts = {
		...world.ports,
		submit: cbor => (cbor === late.cbor ? Promise.reject(OUTSIDE) : world.ports.submit(cbor, undefined)),
		shownMs: async () => ++shown - 3,
		clock: {...world.ports.clock, now: () => 0},
	};
	await payOnce({journal: world.journal, ports, purpose: 'rent'}, async keep => {
		const signed = transaction(10, 0);
		world.purposes.set(signed.cbor, 'rent');
		const executed = {...signed, ...FIGURES};
		await keep(signed, executed);
		await submitSurely(ports, signed);
		return executed;
	});
	t.deepEqual(world.paid(), {rent: 1});
	t.is(shown, 4, 'a block as old as the refusal tells nothing');
});
