import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {
	decodeGenesis,
	encodeGenesis,
	type Genesis,
	genesisHashOf,
	genesisToJson,
	type Profile,
	parseGenesisJson,
} from '#ledger/genesis/genesis';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {crypto} from '../../support/crypto.ts';
import {ada, alice, testGenesis} from '../../support/ledger-genesis.ts';

const genesis = testGenesis();

const withProfile = (name: Profile): Genesis => {
	const {stableDepth, ...profile} = genesisProfiles[name];
	return testGenesis({...profile, cardano: {...genesis.cardano, stableDepth}});
};

for (const name of ['public', 'devnet', 'test'] as const)
	test(`a genesis of the ${name} profile reads back from CBOR and from JSON`, t => {
		const whole = withProfile(name);
		t.deepEqual(decodeGenesis(encodeGenesis(whole)), {ok: true, value: whole});
		t.deepEqual(parseGenesisJson(genesisToJson(whole)), {ok: true, value: whole});
	});

test('every value of a genesis changes its hash', t => {
	const hash = (change: Partial<Genesis>): string =>
		Buffer.from(genesisHashOf(crypto, {...genesis, ...change})).toString('hex');
	const hashes = [
		{},
		{networkMagic: 43},
		{systemStartMs: 1},
		{slotMs: 2000},
		{profile: 'devnet' as const},
		{accounts: genesis.accounts.slice(1)},
		{pools: genesis.pools.slice(1)},
		{cardano: {...genesis.cardano, networkMagic: 8}},
		{parameters: {...genesis.parameters, lockEpochs: 4}},
	].map(hash);
	t.is(new Set(hashes).size, hashes.length);
});

test('amounts are decimal strings, bytes are hexadecimal, ratios are fractions', t => {
	const json = JSON.parse(genesisToJson(genesis)) as {
		readonly f: string;
		readonly accounts: readonly object[];
		readonly parameters: object;
	};
	t.is(json.f, '1/2');
	t.like(json.accounts[0] ?? {}, {
		account: Buffer.from(alice.account).toString('hex'),
		balance: '1000000000000',
	});
	t.like(json.parameters, {storageFee: '1/20', lockEpochs: 3});
});

type Json = Record<string, unknown>;
const edited = (edit: (json: Json) => void): unknown => {
	const json = JSON.parse(genesisToJson(genesis)) as Json;
	edit(json);
	return parseGenesisJson(JSON.stringify(json));
};
const wrong = (field: string, problem: string): unknown => ({
	ok: false,
	error: {code: 'GENESIS_FIELD_WRONG', field, problem},
});

test('names the field that is wrong', t => {
	t.deepEqual(parseGenesisJson('{'), {ok: false, error: {code: 'GENESIS_NOT_JSON'}});
	t.deepEqual(parseGenesisJson('[]'), wrong('', 'is not an object'));
	t.deepEqual(
		edited(json => {
			delete json['cardano'];
		}),
		wrong('cardano', 'is missing'),
	);
	t.deepEqual(
		edited(json => {
			json['colour'] = 'red';
		}),
		wrong('colour', 'is not a field of a genesis'),
	);
	t.deepEqual(
		edited(json => {
			(json['accounts'] as Json[])[3] = {...(json['accounts'] as Json[])[3], balance: 12};
		}),
		wrong('accounts[3].balance', 'is not an amount of lovelace written as a decimal string'),
	);
	t.deepEqual(
		edited(json => {
			(json['cardano'] as {start: Json}).start['hash'] = 'abc';
		}),
		wrong('cardano.start.hash', 'is not 32 bytes in hexadecimal'),
	);
	t.deepEqual(
		edited(json => {
			json['f'] = '1/0';
		}),
		wrong('f', 'is not a ratio such as "1/20" or "0.05"'),
	);
	t.deepEqual(
		edited(json => {
			json['profile'] = 'private';
		}),
		wrong('profile', 'is not one of public, devnet, test'),
	);
	t.deepEqual(
		edited(json => {
			json['pools'] = {};
		}),
		wrong('pools', 'is not a list'),
	);
	t.deepEqual(
		edited(json => {
			json['networkMagic'] = 2 ** 32;
		}),
		wrong('networkMagic', 'is not a whole number from 0 to 4294967295'),
	);
});

const outOfBounds: readonly (readonly [Partial<Genesis>, string, string])[] = [
	[{slotMs: 0}, 'slotMs', 'is not at least 1'],
	[{k: 0}, 'k', 'is not from 1 to 1000000'],
	[{f: Ratio(0n, 1n)}, 'f', 'is not above 0 and at most 1'],
	[{epochLength: 101}, 'epochLength', 'is not 10 k/f'],
	[{slotsPerKesPeriod: 0}, 'slotsPerKesPeriod', 'is not at least 1'],
	[{maxKesEvolutions: 65}, 'maxKesEvolutions', 'is not from 1 to 64'],
	[{checkpointEvery: 0}, 'checkpointEvery', 'is not at least 1'],
	[{accounts: [...genesis.accounts, ...genesis.accounts]}, 'accounts', 'name an account twice'],
	[
		{accounts: genesis.accounts.map(account => ({...account, balance: Lovelace(2n ** 54n)}))},
		'accounts',
		'hold more than all ADA',
	],
	[{pools: []}, 'pools', 'are none: nobody could make a block'],
	[{pools: [...genesis.pools, ...genesis.pools]}, 'pools', 'name a pool twice'],
	[{pools: genesis.pools.map(pool => ({...pool, margin: Ratio(2n, 1n)}))}, 'pools', 'take a margin above 1'],
];

for (const [change, field, problem] of outOfBounds)
	test(`refuses a genesis whose ${field} ${problem}`, t => {
		const bad = {...genesis, ...change};
		const refusal = {ok: false, error: {code: 'GENESIS_OUT_OF_BOUNDS', field, problem}};
		t.deepEqual<unknown, unknown>(decodeGenesis(encodeGenesis(bad)), refusal);
		t.deepEqual<unknown, unknown>(parseGenesisJson(genesisToJson(bad)), refusal);
	});

for (const [change, field, problem] of [
	[{storageFee: Ratio(2n, 1n)}, 'storageFee', 'is not from 0 to 1'],
	[{poolShare: Ratio(2n, 1n)}, 'poolShare', 'is not from 0 to 1'],
	[{lockEpochs: 0}, 'lockEpochs', 'is not from 1 to 1024'],
	[{collateralEpochs: 0}, 'collateralEpochs', 'is not from 1 to 1024'],
	[{missWindowEpochs: 0}, 'missWindowEpochs', 'is not from 1 to 1024'],
	[{missPenaltyEpochs: []}, 'missPenaltyEpochs', 'is not 1 to 16 numbers, each 0 to 1024'],
	[{missesToVacate: 0}, 'missesToVacate', 'is not from 1 to 1024'],
	[{closeWindowEpochs: Ratio(1025n, 1n)}, 'closeWindowEpochs', 'is not from 0 to 1024'],
	[{disputeWindowEpochs: 0}, 'disputeWindowEpochs', 'is not from 1 to 1024'],
	[{settleEpochs: 61}, 'settleEpochs', 'is not from 0 to 60'],
] as const)
	test(`refuses parameters whose ${field} ${problem}`, t => {
		const bad = {...genesis, parameters: {...genesis.parameters, ...change}};
		t.deepEqual<unknown, unknown>(decodeGenesis(encodeGenesis(bad)), {
			ok: false,
			error: {code: 'GENESIS_OUT_OF_BOUNDS', field: `parameters.${field}`, problem},
		});
	});

test('refuses a genesis in which more than every slot is active', t => {
	t.deepEqual<unknown, unknown>(decodeGenesis(encodeGenesis({...genesis, f: Ratio(3n, 2n)})), {
		ok: false,
		error: {code: 'GENESIS_OUT_OF_BOUNDS', field: 'f', problem: 'is not above 0 and at most 1'},
	});
});

test('random and mutated genesis bytes and texts never throw', t => {
	const good = encodeGenesis(genesis);
	const text = genesisToJson(genesis);
	fc.assert(
		fc.property(
			fc.nat(),
			fc.integer({min: 0, max: 255}),
			fc.uint8Array({maxLength: 200}),
			(at, byte, junk) => {
				const bytes = good.slice();
				bytes[at % bytes.length] = byte;
				const decoded = decodeGenesis(bytes);
				if (decoded.ok) t.deepEqual(encodeGenesis(decoded.value), bytes);
				decodeGenesis(junk);
				const cut = at % text.length;
				parseGenesisJson(text.slice(0, cut) + String.fromCharCode(byte) + text.slice(cut + 1));
			},
		),
		{numRuns: 500},
	);
	t.is(ada(1), Lovelace(1_000_000n));
});
