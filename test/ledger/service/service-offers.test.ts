import test from 'ava';
import fc from 'fast-check';
import {priceWithService, serviceOffers} from '#ledger/service/service-offers';

test('offers are read as announced; what is no class is as if it were not said, and the first of two counts', t => {
	t.deepEqual(serviceOffers('standard+20 fast+50'), [
		{serviceClass: 'standard', surcharge: 20},
		{serviceClass: 'fast', surcharge: 50},
	]);
	t.deepEqual(serviceOffers('gold+5 fast+7 fast+9 archive+1000 archive'), [
		{serviceClass: 'fast', surcharge: 7},
	]);
	t.deepEqual(serviceOffers(null), []);
	fc.assert(
		fc.property(fc.string(), text => {
			t.true(serviceOffers(text).length <= 3);
		}),
	);
});

test('a surcharge is rounded up, and nothing on top is the price itself', t => {
	fc.assert(
		fc.property(fc.bigInt({min: 0n, max: 10n ** 15n}), fc.integer({min: 0, max: 999}), (price, surcharge) => {
			const dearer = BigInt(priceWithService(price, surcharge));
			t.true(100n * dearer >= price * BigInt(100 + surcharge));
			t.true(100n * (dearer - 1n) < price * BigInt(100 + surcharge));
		}),
	);
	t.is(BigInt(priceWithService(1000n, 0)), 1000n);
});
