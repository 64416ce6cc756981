/** Stake as cardano-cli prints it. */
import test from 'ava';
import fc from 'fast-check';
import {exactIntegers} from '#consensus/cardano/exact-integers';
import {parseStakeDistribution} from '#consensus/cardano/stake-distribution';
import {encodeBech32} from '#kernel/bech32';
import {fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';

const nonce = (byte: string): string => byte.repeat(32);
const pool = 'ab'.repeat(28);
const other = 'cd'.repeat(28);

test("cardano-cli's stake distribution is read: exact shares, with VRF keys where it tells them", t => {
	const share = (numerator: number) => ({numerator, denominator: 9});
	const withKeys = parseStakeDistribution(
		JSON.stringify({[pool]: {individualPoolStake: share(3), individualPoolStakeVrf: nonce('05')}}),
	);
	t.deepEqual(withKeys.ok && withKeys.value.current.pool(Hash28(fromHex(pool))), {
		stake: Ratio(1n, 3n),
		vrfKeyHash: Hash32(fromHex(nonce('05'))),
	});
	const bare = parseStakeDistribution(JSON.stringify({[encodeBech32('pool', fromHex(pool))]: share(4)}));
	t.deepEqual(bare.ok && bare.value.current.pool(Hash28(fromHex(pool))), {
		stake: Ratio(4n, 9n),
		vrfKeyHash: undefined,
	});
	t.like(parseStakeDistribution(JSON.stringify({[pool]: 0.001})), {ok: false, error: {field: pool}});
	t.like(parseStakeDistribution(JSON.stringify({[pool]: {numerator: 1, denominator: 0}})), {
		ok: false,
		error: {field: `${pool}.denominator`},
	});
});

test("cardano-cli's stake snapshot of all pools tells three epochs, to the lovelace; one of some pools is refused", t => {
	// Sums above 2^53, as mainnet has them.
	const text = (mark: string) =>
		`{"pools": {"${pool}": {"stakeGo": 9007199254740993, "stakeMark": ${mark}, "stakeSet": 1},
		"${other}": {"stakeGo": 0, "stakeMark": 0, "stakeSet": 18014398509481986}},
		"total": {"stakeGo": 9007199254740993, "stakeMark": 18014398509481987, "stakeSet": 18014398509481987}}`;
	const read = parseStakeDistribution(text('18014398509481987'));
	t.true(read.ok);
	if (!read.ok) return;
	const {before, current, after} = read.value;
	const id = Hash28(fromHex(pool));
	t.deepEqual(before?.pool(id), {stake: Ratio(1n, 1n), vrfKeyHash: undefined});
	t.deepEqual(current.pool(id)?.stake, Ratio(1n, 18_014_398_509_481_987n));
	t.deepEqual(after?.pool(id)?.stake, Ratio(1n, 1n));
	t.is(before?.pool(Hash28(fromHex(other))), undefined, 'a pool without stake leads nothing');
	t.like(parseStakeDistribution(text('9007199254740993')), {
		ok: false,
		error: {field: 'pools', expected: 'all pools: ask with --all-stake-pools'},
	});
	t.like(parseStakeDistribution(text('18014398509481988')), {ok: false, error: {field: 'total.stakeMark'}});
});

test('whole numbers keep all their digits, and nothing else of a JSON text changes', t => {
	fc.assert(
		fc.property(fc.json(), text => {
			t.deepEqual(
				JSON.parse(exactIntegers(text).replaceAll(/"(\d{16,})"/g, '$1')),
				JSON.parse(text.replaceAll(/"(\d{16,})"/g, '$1')),
			);
		}),
	);
	t.is(
		exactIntegers('[12345678901234567890, 1.2345678901234567, "12345678901234567890\\"", 1'),
		'["12345678901234567890", 1.2345678901234567, "12345678901234567890\\"", 1',
	);
	t.is(exactIntegers('"unended \\'), '"unended \\');
});
