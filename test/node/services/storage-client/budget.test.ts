import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {pricePerTbMonth, storageBudget} from '#node/services/storage-client/storage-budget';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
/** A day each, as on the public network. */
const DAYS = {slotMs: 1000, epochLength: 86_400};

test('a terabyte-month is 931.3 GiB for thirty days', t => {
	t.is(pricePerTbMonth(1000n, DAYS), Lovelace(27_939_678n));
	t.is(pricePerTbMonth(0n, DAYS), Lovelace(0n));
	t.is(pricePerTbMonth(1000n, {slotMs: 1000, epochLength: 43_200}), Lovelace(55_879_355n));
});

const level = (funds: bigint, perEpoch: bigint) =>
	storageBudget({
		...DAYS,
		funds: Lovelace(funds),
		perEpoch: Lovelace(perEpoch),
		capacityLeaves: 2n ** 20n,
		lockEpochs: 30,
	});

test('funds are low below twice what agreements lock, short below what they lock', t => {
	t.is(level(0n, 0n).level, 'unused');
	t.is(level(6000n, 100n).level, 'enough');
	t.is(level(5999n, 100n).level, 'low');
	t.is(level(2999n, 100n).level, 'short');
	t.like(level(4550n, 100n), {locked: 3000n, epochsLeft: 45n, tenthsOfDaysLeft: 450, perDay: 100n});
	t.like(level(5n, 0n), {epochsLeft: null, tenthsOfDaysLeft: null});
});

test('funds never last for longer than they pay', t => {
	fc.assert(
		fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(1n, 10n ** 12n), (funds, perEpoch) => {
			const {epochsLeft} = level(funds, perEpoch);
			return epochsLeft !== null && epochsLeft * perEpoch <= funds && (epochsLeft + 1n) * perEpoch > funds;
		}),
	);
	t.pass();
});

test('a quote is what the put then costs, and sends nothing', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const before = world.balance(bob);
	const bytes = new Uint8Array(randomBytes(300_000));
	const quote = await client.quote({size: bytes.length, epochs: 8});
	t.is(world.balance(bob), before);
	t.is(world.ledger.state.agreements.size, 0);
	await client.putFile({name: 'a', source: sourceOf(bytes), epochs: 8});
	const budget = await client.budget();
	t.is(budget.perEpoch, quote.perEpoch);
	t.is(budget.funds, quote.deposit);
	t.is(quote.total, Lovelace(8n * quote.perEpoch));
	t.is(budget.agreements, quote.providers);
	t.is(budget.level, 'enough');
	const spent = before - world.balance(bob) - quote.deposit;
	t.true(spent > quote.fees / 2n && spent < quote.fees * 5n, `${spent} for fees of ${quote.fees}`);
	t.is(quote.askedPerTbMonth.least, pricePerTbMonth(ada(1), world.ledger.env.genesis));
	const again = await client.quote({size: bytes.length, epochs: 8});
	t.true(again.deposit > 0n);
	await client.close();
	await world.stop(providers);
});
