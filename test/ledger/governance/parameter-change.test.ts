import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {encode} from '#kernel/cbor/codec';
import {CborWriter} from '#kernel/cbor/writer';
import {Lovelace} from '#kernel/lovelace';
import {PARAMETER_CHANGE_BYTES_MAX} from '#kernel/main-chain-event';
import {Ratio} from '#kernel/ratio';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {decodeChange, encodeChange, parameterChangeCodec} from '#ledger/governance/parameter-change';
import {outOfBounds, parameterNames, parameterRegistry} from '#ledger/governance/parameter-registry';
import {anyParameters} from '../../support/any-parameters.ts';

const bytesOf = (values: Partial<LedgerParameters>, fromEpoch = 7): Uint8Array =>
	encode(parameterChangeCodec, {fromEpoch, values});

test('every parameter has a number of its own, in order, so that a change is read by all alike', t => {
	const numbers = parameterNames.map(name => parameterRegistry[name].number);
	t.deepEqual(
		numbers,
		numbers.map((_, index) => index),
	);
});

test('what networks begin with is within the bounds that changes have', t => {
	for (const {parameters} of Object.values(genesisProfiles)) t.is(outOfBounds(parameters), undefined);
});

test('a change of any parameters within their bounds is read as it was written, and fits a proposal', t => {
	fc.assert(
		fc.property(anyParameters, fc.nat(2 ** 32 - 1), (values, fromEpoch) => {
			const encoded = encodeChange({fromEpoch, values});
			if (!encoded.ok) return t.fail(encoded.error.code);
			t.true(encoded.value.length <= PARAMETER_CHANGE_BYTES_MAX);
			t.deepEqual(decodeChange(encoded.value), {ok: true, value: {fromEpoch, values}});
		}),
		{numRuns: 200},
	);
});

for (const [name, values, parameter, problem] of [
	['too much', {feeBase: Lovelace(10_000_001n)}, 'feeBase', 'is not from 0 to 10000000'],
	['more than all', {storageFee: Ratio(3n, 2n)}, 'storageFee', 'is not from 0 to 1'],
	['none', {lockEpochs: 0}, 'lockEpochs', 'is not from 1 to 1024'],
	['an empty list', {missPenaltyEpochs: []}, 'missPenaltyEpochs', 'is not 1 to 16 numbers, each 0 to 1024'],
	[
		'too much in a list',
		{missPenaltyEpochs: [1, 1025]},
		'missPenaltyEpochs',
		'is not 1 to 16 numbers, each 0 to 1024',
	],
] as const)
	test(`a change out of bounds is refused, whoever wrote it: ${name}`, t => {
		const refusal = {ok: false, error: {code: 'CHANGE_OUT_OF_BOUNDS', parameter, problem}};
		t.deepEqual<unknown, unknown>(encodeChange({fromEpoch: 0, values}), refusal);
		t.deepEqual<unknown, unknown>(decodeChange(bytesOf(values)), refusal);
	});

const malformed = (write: (writer: CborWriter) => CborWriter): unknown =>
	decodeChange(write(new CborWriter()).finish());

test('bytes that are no change are refused with what is wrong in them', t => {
	const failure = (code: string, at: number) => ({
		ok: false,
		error: {code: 'CHANGE_MALFORMED', failure: {code, at}},
	});
	t.deepEqual(
		malformed(writer => writer.array(2).uint(7).array(0)),
		failure('CBOR_WRONG_LENGTH', 2),
		'it changes nothing',
	);
	t.deepEqual(
		malformed(writer => writer.array(2).uint(7).array(1).array(2).uint(99).uint(1)),
		failure('CBOR_UNKNOWN_VARIANT', 3),
		'a parameter that is not there',
	);
	t.deepEqual(
		malformed(writer => writer.array(2).uint(7).array(2).array(2).uint(5).uint(1).array(2).uint(5).uint(2)),
		failure('CBOR_DUPLICATE_KEY', 6),
		'one parameter twice',
	);
	t.deepEqual(
		malformed(writer => writer.array(2).uint(7).array(2).array(2).uint(6).uint(1).array(2).uint(5).uint(2)),
		failure('CBOR_NOT_CANONICAL', 6),
		'another order',
	);
});

test('random and mutated bytes never throw', t => {
	const good = bytesOf(genesisProfiles.public.parameters);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.nat(good.length - 1), fc.nat(255), (bytes, at, byte) => {
			decodeChange(bytes);
			const mutated = good.slice();
			mutated[at] = byte;
			const decoded = decodeChange(mutated);
			if (decoded.ok) t.deepEqual(encodeChange(decoded.value), {ok: true, value: mutated});
		}),
	);
	t.true(defined(decodeChange(good), 'decoded').ok);
});
