import {readFile} from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import {
	type AllocationProblem,
	claimFileText,
	readAllocationList,
	readClaimFile,
} from '#cli/gov/allocation-list';
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import {addressText, enterpriseAddress} from '#onchain/cardano/address';
import {cardanoKey} from '#onchain/cardano/key-address';
import {crypto} from '../support/crypto.ts';

const addressOf = (byte: number, network: 'testnet' | 'mainnet' = 'testnet'): string =>
	cardanoKey(crypto, network, new Uint8Array(32).fill(byte)).address;
const HEAD = 'handle,address,amount\n';
const read = (text: string, expected: bigint) => readAllocationList(text, {network: 'testnet', expected});

test('a list is taken as it is, sorted by key, and only with its exact sum', async t => {
	const text = await readFile('docs/allocation-sample.csv', 'utf8');
	const list = read(text, 50_000_000_000_000n);
	if (!list.ok) return t.fail(list.error.code);
	const {allocations} = list.value;
	t.is(allocations.length, 5);
	t.deepEqual(
		allocations,
		allocations.toSorted((a, b) => compareBytes(a.keyHash, b.keyHash)),
	);
	t.deepEqual<unknown, unknown>(read(text, 50_000_000_000_001n), {
		ok: false,
		error: {code: 'ALLOCATION_SUM_WRONG', sum: 50_000_000_000_000n, expected: 50_000_000_000_001n},
	});
	for (const line of text.trim().split('\n').slice(1)) t.true(line.startsWith('made-up-'), line);
});

test('every bad line is told with its code', t => {
	const script = addressText(
		enterpriseAddress('testnet', {kind: 'script', hash: crypto.blake2b224(Uint8Array.of(1))}),
	);
	const lines: readonly (readonly [string, AllocationProblem['code'] | undefined])[] = [
		[`good,${addressOf(1)},1`, undefined],
		[`-bad,${addressOf(2)},1`, 'ALLOCATION_HANDLE_BAD'],
		[`Good,${addressOf(3)},1`, 'ALLOCATION_HANDLE_TWICE'],
		['four,addr_test1nonsense,1', 'ALLOCATION_ADDRESS_BAD'],
		[`five,${addressOf(5, 'mainnet')},1`, 'ALLOCATION_ADDRESS_OF_OTHER_NETWORK'],
		[`six,${script},1`, 'ALLOCATION_ADDRESS_NOT_OF_KEY'],
		[`seven,${addressOf(1)},1`, 'ALLOCATION_ADDRESS_TWICE'],
		[`eight,${addressOf(8)},0.0000001`, 'ALLOCATION_AMOUNT_BAD'],
		[`nine,${addressOf(9)},-1`, 'ALLOCATION_AMOUNT_BAD'],
		[`ten,${addressOf(10)},0`, 'ALLOCATION_AMOUNT_BAD'],
	];
	const result = read(HEAD + lines.map(([line]) => `${line}\n`).join(''), 1_000_000n);
	if (result.ok || result.error.code !== 'ALLOCATION_LINES_BAD') return t.fail('it was taken');
	t.deepEqual(
		result.error.problems.map(({code, line}) => [line, code]),
		lines.flatMap(([, code], index) => (code === undefined ? [] : [[index + 2, code]])),
	);
	t.like(read('handle,amount\n', 0n), {error: {code: 'ALLOCATION_COLUMN_MISSING', column: 'address'}});
	t.like(read(`${HEAD}a\n`, 0n), {error: {code: 'CSV_MALFORMED', line: 2}});
});

test('a claim file holds no handle, and is refused when anything in it was altered', t => {
	const list = read(`${HEAD}somebody,${addressOf(1)},2\nelse,${addressOf(2)},3\n`, 5_000_000n);
	if (!list.ok) return t.fail(list.error.code);
	const text = claimFileText(crypto, list.value);
	t.false(text.includes('somebody'));
	t.deepEqual(readClaimFile(crypto, text), {ok: true, value: list.value});
	t.like(readClaimFile(crypto, text.replace('"2000000"', '"2000001"')), {
		error: {code: 'CLAIM_FILE_ALTERED'},
	});
	t.like(readClaimFile(crypto, '{}'), {error: {code: 'CLAIM_FILE_MALFORMED'}});
	fc.assert(
		fc.property(fc.nat(text.length - 1), fc.string({minLength: 1, maxLength: 1}), (at, sign) => {
			const changed = text.slice(0, at) + sign + text.slice(at + 1);
			const result = readClaimFile(crypto, changed);
			if (result.ok) t.deepEqual(result.value, defined(list.value, 'the same'));
		}),
	);
});
