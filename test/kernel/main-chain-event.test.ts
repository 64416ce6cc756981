import test from 'ava';
import fc from 'fast-check';
import {decode, encode} from '#kernel/cbor/codec';
import {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {type MainChainEvent, mainChainEvents, mcRef} from '#kernel/main-chain-event';

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);

const EVENTS: readonly MainChainEvent[] = [
	{
		kind: 'deposit',
		outRef: {txId: Hash32(filled(32, 1)), index: 3},
		account: Hash28(filled(28, 2)),
		amount: Lovelace(5_000_000n),
	},
	{
		kind: 'claim-opened',
		claimId: Hash32(filled(32, 3)),
		ownerKeyHash: Hash28(filled(28, 4)),
		operatorVk: filled(32, 5),
	},
	{kind: 'checkpoint-confirmed', period: 7, blockHash: Hash32(filled(32, 6))},
	{kind: 'committee-recovered', period: 7, committeeHash: Hash32(filled(32, 8))},
	{kind: 'enacted', proposal: 3, effect: {kind: 'side-chain-parameters', change: filled(1_024, 1)}},
	{kind: 'enacted', proposal: 4, effect: {kind: 'protocol-upgrade', version: 11, activationEpoch: 40}},
];

test('events and references come back as they were written', t => {
	const codec = mainChainEvents(6);
	t.deepEqual(decode(codec, encode(codec, EVENTS)), {ok: true, value: EVENTS});
	const ref = {slot: 2 ** 53 - 1, hash: Hash32(filled(32, 9))};
	t.deepEqual(decode(mcRef, encode(mcRef, ref)), {ok: true, value: ref});
});

test('refuses more events than the limit, an unknown kind and an output index above 16 bits', t => {
	t.deepEqual(decode(mainChainEvents(5), encode(mainChainEvents(6), EVENTS)), {
		ok: false,
		error: {code: 'CBOR_TOO_LONG', at: 0},
	});
	t.deepEqual(decode(mainChainEvents(1), Uint8Array.of(0x81, 0x81, 9)), {
		ok: false,
		error: {code: 'CBOR_UNKNOWN_VARIANT', at: 1},
	});
	const index = Uint8Array.of(0x81, 0x84, 0, 0x82, 0x58, 32, ...filled(32, 1), 0x1a, 0, 1, 0, 0);
	t.like(decode(mainChainEvents(1), index), {ok: false, error: {code: 'CBOR_OUT_OF_RANGE'}});
});

test('any bytes decode or fail with a code', t => {
	const codec = mainChainEvents(8);
	const valid = encode(codec, EVENTS);
	const mutated = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
		const bytes = valid.slice();
		bytes[at] = byte;
		return bytes;
	});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 200}), mutated), bytes => {
			const decoded = decode(codec, bytes);
			return !decoded.ok || toHexEqual(encode(codec, decoded.value), bytes);
		}),
	);
	t.pass();
});

const toHexEqual = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, at) => byte === b[at]);
