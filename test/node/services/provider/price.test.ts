import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {providerOf} from '#ledger/queries';
import {nextPrice, type PricePolicy} from '#node/services/provider/price/next-price';
import {startPriceKeeper} from '#node/services/provider/price/price-keeper';
import {DEFAULT_POLICY, pricePolicyJson, pricePolicyOf} from '#node/services/provider/price/price-policy';
import {crypto} from '../../../support/crypto.ts';
import {ada, alice} from '../../../support/ledger-genesis.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {at, StorageWorld, settled} from '../support/storage-world.ts';

const policy: PricePolicy = {...DEFAULT_POLICY, min: Lovelace(100n), max: Lovelace(1000n)};
const priceAt = (price: bigint, used: number, changed: Partial<PricePolicy> = {}): bigint =>
	nextPrice({...policy, ...changed}, {price: Lovelace(price), usedLeaves: used, capacityLeaves: 100});

test('the price rises when much is in use, falls when little is, and rests in between', t => {
	t.is(priceAt(400n, 80), 420n);
	t.is(priceAt(400n, 100), 420n);
	t.is(priceAt(400n, 49), 380n);
	for (const used of [50, 65, 79]) t.is(priceAt(400n, used), 400n);
	t.is(priceAt(990n, 90), 1000n);
	t.is(priceAt(101n, 0), 100n);
	t.is(priceAt(5000n, 0), 1000n);
	t.is(priceAt(0n, 100), 100n);
	t.is(priceAt(0n, 100, {min: Lovelace(0n)}), 1n);
	t.is(nextPrice(policy, {price: Lovelace(400n), usedLeaves: 0, capacityLeaves: 0}), Lovelace(420n));
});

const policies = fc
	.record({
		low: fc.integer({min: 0, max: 98}),
		band: fc.integer({min: 1, max: 100}),
		step: fc.integer({min: 1, max: 99}),
		min: fc.bigInt({min: 0n, max: 10_000n}),
		room: fc.bigInt({min: 0n, max: 10_000n}),
	})
	.map(
		({low, band, step, min, room}): PricePolicy => ({
			low: Ratio(BigInt(low), 100n),
			high: Ratio(BigInt(Math.min(100, low + band)), 100n),
			step: Ratio(BigInt(step), 100n),
			min: Lovelace(min),
			max: Lovelace(min + room),
			restEpochs: 1,
		}),
	);

test('a price stays within its bounds, moves one step at most, never falls with demand, and comes to rest in the band', t => {
	fc.assert(
		fc.property(
			policies,
			fc.bigInt({min: 0n, max: 30_000n}),
			fc.nat(100),
			fc.nat(100),
			(rule, price, one, other) => {
				const next = (usedLeaves: number): bigint =>
					nextPrice(rule, {price: Lovelace(price), usedLeaves, capacityLeaves: 100});
				const [less, more] = [Math.min(one, other), Math.max(one, other)];
				t.true(next(less) <= next(more));
				t.true(next(one) >= rule.min && next(one) <= rule.max);
				const isInside = price >= rule.min && price <= rule.max;
				const {numerator, denominator} = rule.step;
				const moved = next(one) - price;
				const step = (price * numerator + denominator - 1n) / denominator;
				if (isInside) t.true(moved <= (step > 1n ? step : 1n) && -moved <= (step > 1n ? step : 1n));
				const used = BigInt(one);
				const rests =
					used * rule.low.denominator >= 100n * rule.low.numerator &&
					used * rule.high.denominator < 100n * rule.high.numerator;
				if (isInside && rests) t.is(next(one), price);
			},
		),
	);
});

test('a policy reads back as it was written, and names the field that is wrong', t => {
	t.deepEqual(pricePolicyOf(JSON.parse(JSON.stringify(pricePolicyJson(policy)))), {ok: true, value: policy});
	t.deepEqual(pricePolicyOf({min: '1', max: '2'}), {
		ok: true,
		value: {...DEFAULT_POLICY, min: Lovelace(1n), max: Lovelace(2n)},
	});
	const wrong = (change: object, field: string, problem: string): void => {
		t.deepEqual(pricePolicyOf({...pricePolicyJson(policy), ...change}), {
			ok: false,
			error: {code: 'PRICE_POLICY_WRONG', field, problem},
		});
	};
	wrong({min: 5}, 'min', 'is not an amount of lovelace');
	wrong({max: '-1'}, 'max', 'is not an amount of lovelace');
	wrong({min: '2000'}, 'min', 'is more than max');
	wrong({low: '4/5'}, 'low', 'is not less than high: the price would never rest');
	wrong({high: '3/2'}, 'high', 'is more than the whole capacity');
	wrong({step: '1'}, 'step', 'is not between 0 and 1');
	wrong({step: 'x'}, 'step', 'is not a ratio');
	wrong({restEpochs: -1}, 'restEpochs', 'is not a count');
	wrong({restEpochs: 2000}, 'restEpochs', 'is more than 1024');
	t.deepEqual(pricePolicyOf(null), {
		ok: false,
		error: {code: 'PRICE_POLICY_WRONG', field: '', problem: 'is not an object'},
	});
});

test('what the configuration says of price, term and capacity is brought onto the chain, and the rest left alone', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(['p1']);
	const {id, operator} = at(providers, 0);
	const rowNow = () => providerOf(world.ledger.state, id);
	const before = rowNow();
	const chain = {
		...world.chain,
		nextSequence: () =>
			world.ledger.state.accounts.get(Buffer.from(alice.account).toString('hex'))?.sequence ?? 0,
	};
	const seeds = {providerId: id, operatorSeed: operator.seed, payerSeed: alice.seed};
	const terms = {capacityLeaves: 2 ** 21, minTermEpochs: 3};
	const ports = {chain, policy: async () => undefined, crypto, log: silentLog};
	const keeper = startPriceKeeper(ports, {...seeds, terms});
	await settled();
	await world.forge();
	t.like(rowNow(), {...terms, storePrice: before?.storePrice, accepting: true, bond: before?.bond});
	const sent = world.included.length;
	await world.advanceTo(world.ledger.slotAt(2, 3));
	t.is(world.included.length, sent, 'once is enough');
	await keeper.stop();
	await world.stop(providers);
});

test('a running provider moves its price once an epoch, and leaves it alone without a policy', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(['p1']);
	const {id, operator} = at(providers, 0);
	const priceNow = (): bigint => providerOf(world.ledger.state, id)?.storePrice ?? -1n;
	let wanted: PricePolicy | undefined;
	const chain = {
		...world.chain,
		nextSequence: () =>
			world.ledger.state.accounts.get(Buffer.from(alice.account).toString('hex'))?.sequence ?? 0,
	};
	const keeper = startPriceKeeper(
		{chain, policy: async () => wanted, crypto, log: silentLog},
		{providerId: id, operatorSeed: operator.seed, payerSeed: alice.seed},
	);
	const epochs = async (count: number): Promise<void> => {
		for (let epoch = 0; epoch < count; epoch++)
			await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 3));
		await settled();
	};
	await epochs(2);
	t.is(priceNow(), ada(1));
	wanted = {...DEFAULT_POLICY, min: Lovelace(500_000n), max: ada(2)};
	await epochs(1);
	t.is(priceNow(), 950_000n);
	await epochs(2);
	t.is(priceNow(), 857_375n);
	wanted = {...wanted, restEpochs: 100};
	await epochs(2);
	t.is(priceNow(), 857_375n);
	await keeper.stop();
	wanted = {...wanted, restEpochs: 0};
	await epochs(2);
	t.is(priceNow(), 857_375n);
	await world.stop(providers);
});
