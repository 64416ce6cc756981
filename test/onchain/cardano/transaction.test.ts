import test from 'ava';
import fc from 'fast-check';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash28} from '#kernel/hash';
import {enterpriseAddress} from '#onchain/cardano/address';
import {decodeTransaction} from '#onchain/cardano/transaction';
import {crypto} from '../../support/crypto.ts';
import {plainPayment} from '../../support/payment.ts';

const SEED = new Uint8Array(32).fill(1);
const ADDRESS = enterpriseAddress('testnet', {kind: 'key', hash: Hash28(new Uint8Array(28).fill(2))});
const payment = plainPayment({
	seed: SEED,
	input: {txId: new Uint8Array(32).fill(7), index: 3},
	outputs: [{address: ADDRESS, lovelace: 5n}],
	fee: 1n,
});

test('reads what a transaction spends and creates, and names it as the ledger does', t => {
	const decoded = decodeTransaction(crypto, fromHex(payment.cbor));
	t.like(decoded, {
		ok: true,
		value: {
			id: payment.id,
			isValid: true,
			inputs: [{txId: new Uint8Array(32).fill(7), index: 3}],
			outputs: [{address: ADDRESS, value: {lovelace: 5n, assets: new Map()}, datum: {kind: 'none'}}],
		},
	});
});

/** A transaction around one output and one way to write sets. */
const around = (output: Uint8Array, tagged: boolean): Uint8Array => {
	const inputs = new CborWriter();
	if (tagged) inputs.tag(258);
	inputs.arrayIndefinite().array(2).bytes(new Uint8Array(32)).uint(0).break();
	const body = new CborWriter()
		.map(3)
		.uint(0)
		.raw(inputs.finish())
		.uint(1)
		.array(1)
		.raw(output)
		.uint(2)
		.uint(9);
	return concat(Uint8Array.of(0x84), body.finish(), Uint8Array.of(0xa0, 0xf5, 0xf6));
};

test('reads assets, datums, reference scripts and outputs of before Babbage', t => {
	const policy = new Uint8Array(28).fill(9);
	const value = new CborWriter().array(2).uint(8).map(1).bytes(policy).map(1).bytes(Uint8Array.of(1)).uint(4);
	const script = new CborWriter().array(2).uint(3).bytes(Uint8Array.of(1, 2)).finish();
	const babbage = new CborWriter().map(4).uint(0).bytes(ADDRESS).uint(1).raw(value.finish());
	babbage.uint(2).array(2).uint(1).tag(24).bytes(Uint8Array.of(0x80)).uint(3).tag(24).bytes(script);
	const decoded = decodeTransaction(crypto, around(babbage.finish(), true));
	t.like(decoded.ok ? decoded.value.outputs[0] : undefined, {
		value: {lovelace: 8n, assets: new Map([[`${toHex(policy)}01`, 4n]])},
		datum: {kind: 'inline', bytes: Uint8Array.of(0x80)},
		script: {language: 'plutus:v3', bytes: Uint8Array.of(1, 2)},
	});
	const hash = new Uint8Array(32).fill(5);
	const legacy = new CborWriter().array(3).bytes(ADDRESS).uint(6).bytes(hash).finish();
	const old = decodeTransaction(crypto, around(legacy, false));
	t.like(old.ok ? old.value.outputs[0] : undefined, {value: {lovelace: 6n}, datum: {kind: 'hash', hash}});
});

test('any bytes decode or fail with a code', t => {
	const valid = fromHex(payment.cbor);
	const mutated = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
		const bytes = valid.slice();
		bytes[at] = byte;
		return bytes;
	});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 200}), mutated), bytes => {
			const decoded = decodeTransaction(crypto, bytes);
			t.true(decoded.ok || decoded.error.code.startsWith('CBOR_'));
		}),
	);
	t.like(decodeTransaction(crypto, new Uint8Array(16_385)), {ok: false, error: {code: 'CBOR_TOO_LONG'}});
});
