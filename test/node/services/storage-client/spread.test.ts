/** Whom files are given to: operators told apart, regions and networks spread, new providers in small parts. */
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import type {ProviderView} from '#node/ports/provider-api';
import {codeFor, drawProviders, operatorsOf, spreadOf} from '#node/services/storage-client/find-providers';
import {traitsByProvider} from '#node/services/storage-client/provider-traits';
import type {Traits} from '#pieces/placement';
import {crypto} from '../../../support/crypto.ts';
import {hashOf} from '../../../support/ledger-chain.ts';

type Known = Pick<ProviderView, 'id' | 'payoutAccount' | 'endpoint' | 'attributes' | 'reputation'>;

const reputation: ProviderView['reputation'] = {
	successes: 30,
	failures: 0,
	lowerBound: '907/1000',
	upperBound: '998/1000',
	expectation: '31/32',
	vettingEpochsLeft: 0,
	suspended: false,
	provenTotal: 30,
};

const known = (name: string, change: Partial<Known> = {}): Known => ({
	id: name,
	payoutAccount: `account of ${name}`,
	endpoint: '203.0.113.7:4000',
	attributes: [],
	reputation,
	...change,
});

const operators = (views: readonly Known[]): readonly string[] => {
	const traits = traitsByProvider(views);
	return views.map(({id}) => traits.get(id)?.operator ?? '');
};

test('whoever is paid to one account or says one name is one operator, through others too', t => {
	const [a, b, c, d] = operators([
		known('a', {payoutAccount: 'one'}),
		known('b', {payoutAccount: 'one', attributes: [['operator', 'Blue']]}),
		known('c', {attributes: [['operator', 'blue ']]}),
		known('d'),
	]);
	t.is(a, b);
	t.is(b, c);
	t.not(c, d);
});

test('operators do not depend on the order in which providers are listed', t => {
	const views = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), {minLength: 1, maxLength: 12});
	fc.assert(
		fc.property(views, fc.infiniteStream(fc.nat(100)), (parts, order) => {
			const list = parts.map(([account, name], index) =>
				known(`p${index}`, {
					payoutAccount: `account ${account}`,
					attributes: [['operator', `house ${name}`]],
				}),
			);
			const shuffled = list
				.map(view => ({view, at: order.next().value ?? 0}))
				.sort((left, right) => left.at - right.at)
				.map(({view}) => view);
			const [one, other] = [traitsByProvider(list), traitsByProvider(shuffled)];
			for (const {id} of list) t.deepEqual(one.get(id), other.get(id));
			// Two of one account or one name are never told apart.
			for (const [i, [account, name]] of parts.entries())
				for (const [j, [otherAccount, otherName]] of parts.entries())
					if (account === otherAccount || name === otherName)
						t.is(one.get(`p${i}`)?.operator, one.get(`p${j}`)?.operator);
		}),
		{numRuns: 50},
	);
});

test('where a provider is follows from its address and from what it says', t => {
	const traits = traitsByProvider([
		known('a', {
			attributes: [
				['asn', 'AS64496'],
				['region', 'de'],
			],
		}),
		known('b', {endpoint: null, reputation: {...reputation, vettingEpochsLeft: 2}}),
		known('c', {reputation: {...reputation, suspended: true}}),
	]);
	t.like(traits.get('a'), {subnet: '203.0.113.0/24', asn: '64496', region: 'de', vetted: true});
	t.like(traits.get('b'), {subnet: null, asn: null, region: null, vetted: false});
	t.like(traits.get('c'), {vetted: false});
});

const provider = (
	index: number,
	change: {readonly score?: bigint; readonly price?: bigint} & Partial<Traits> = {},
) => {
	const {score = 900n, price = 1000n, ...traits} = change;
	return {
		id: hashOf(`provider ${index}`),
		freeLeaves: 1000,
		storePrice: Lovelace(price),
		score,
		traits: {
			operator: `operator ${index}`,
			subnet: `subnet ${index}`,
			asn: `asn ${index}`,
			region: `region ${index}`,
			vetted: true,
			...traits,
		},
	};
};

test('a suspended provider is never drawn, a cheaper one more often', t => {
	const providers = [
		provider(0, {score: 0n}),
		provider(1, {price: 4000n}),
		...[2, 3].map(index => provider(index)),
	];
	t.is(operatorsOf(providers), 3);
	const drawn = new Map<string, number>();
	for (let draw = 0; draw < 600; draw++)
		for (const {id} of drawProviders(crypto, providers, {seed: hashOf(`draw ${draw}`), count: 1}))
			drawn.set(toHex(id), (drawn.get(toHex(id)) ?? 0) + 1);
	const times = providers.map(({id}) => drawn.get(toHex(id)) ?? 0);
	t.is(times[0], 0);
	// A ninth of the weight: 67 expected, standard deviation 8.
	t.true((times[1] ?? 0) > 35 && (times[1] ?? 0) < 100, `${times[1]} of 600`);
});

test('six pieces of a file lie in three regions at least where there are so many', t => {
	const {code} = codeFor(7);
	const providers = Array.from({length: 21}, (_, index) =>
		provider(index, {region: `region ${index % 4}`, vetted: index > 2}),
	);
	for (let draw = 0; draw < 20; draw++) {
		const drawn = drawProviders(crypto, providers, {
			seed: hashOf(`draw ${draw}`),
			count: code.total,
			limits: spreadOf({unvettedShare: Ratio(1n, 20n)}, code),
		});
		const perRegion = [0, 1, 2, 3].map(
			region => drawn.filter(({traits}) => traits.region === `region ${region}`).length,
		);
		t.true(Math.max(...perRegion) <= 2, perRegion.join());
		t.true(drawn.filter(({traits}) => !traits.vetted).length <= 1);
	}
});
