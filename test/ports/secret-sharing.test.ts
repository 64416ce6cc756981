import test from 'ava';
import fc from 'fast-check';
import {createSecretSharing} from '#node/adapters/secret-sharing';

const sharing = createSecretSharing();

test('any THRESHOLD of the shares give the secret back', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.uint8Array({minLength: 1, maxLength: 64}),
			fc.integer({min: 2, max: 6}),
			fc.nat(4),
			fc.infiniteStream(fc.nat()),
			async (secret, threshold, more, order) => {
				const shares = await sharing.split(secret, {threshold, total: threshold + more});
				t.is(shares.length, threshold + more);
				const some = [...shares]
					.map(share => ({share, at: order.next().value as number}))
					.sort((a, b) => a.at - b.at)
					.slice(0, threshold)
					.map(({share}) => share);
				t.deepEqual(await sharing.combine(some), secret);
			},
		),
		{numRuns: 50},
	);
});

test('fewer shares do not give the secret', async t => {
	const secret = new Uint8Array(32).fill(7);
	const [first, second] = await sharing.split(secret, {threshold: 3, total: 5});
	t.notDeepEqual(await sharing.combine([first as Uint8Array, second as Uint8Array]), secret);
});

test('shares that cannot belong together give nothing', async t => {
	t.is(await sharing.combine([new Uint8Array(5), new Uint8Array(6)]), undefined);
	t.is(await sharing.combine([]), undefined);
});
