import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {CborWriter} from '#kernel/cbor/writer';
import {
	addWitnesses,
	decodeWitnessed,
	encodeWitnessed,
	mergeWitnessed,
	type WitnessedTransaction,
	witnessBySeed,
} from '#onchain/cardano/witnesses';
import {crypto} from '../../support/crypto.ts';

const SEEDS = [1, 2, 3].map(byte => new Uint8Array(32).fill(byte));

/** Whatever a body is, as long as it is one item; here with a wasteful number, which must stay as it is. */
const body = (fee: number): Uint8Array =>
	new CborWriter()
		.map(2)
		.uint(0)
		.array(0)
		.uint(2)
		.raw(Uint8Array.of(0x19, 0, fee))
		.finish();

const unsigned = (fee = 9): Uint8Array =>
	new CborWriter().array(4).raw(body(fee)).map(1).uint(5).map(0).bool(true).null().finish();

const decoded = (bytes: Uint8Array): WitnessedTransaction => {
	const transaction = decodeWitnessed(crypto, bytes);
	return defined(transaction.ok ? transaction.value : undefined, 'a transaction');
};

const signedBy = (transaction: WitnessedTransaction, seeds: readonly Uint8Array[]): WitnessedTransaction =>
	addWitnesses(
		transaction,
		seeds.map(seed => witnessBySeed(crypto, transaction, seed)),
	);

test('adds signatures of the id and touches no other byte', t => {
	const transaction = decoded(unsigned());
	t.deepEqual(transaction.id, crypto.blake2b256(body(9)) as never);
	t.deepEqual(encodeWitnessed(transaction), unsigned());
	const signed = signedBy(transaction, SEEDS.slice(0, 2));
	t.is(signed.witnesses.length, 2);
	for (const {signature, verificationKey} of signed.witnesses)
		t.true(crypto.verifyEd25519(signature, transaction.id, verificationKey));
	const again = decoded(encodeWitnessed(signed));
	t.deepEqual(again, signed);
	t.deepEqual(again.body, body(9));
	t.deepEqual(again.others, transaction.others);
	// The same key twice is one signature.
	t.deepEqual(signedBy(again, SEEDS.slice(0, 1)), again);
});

test('takes signatures in both forms of a set, and of any length', t => {
	const [witness] = signedBy(decoded(unsigned()), SEEDS.slice(0, 1)).witnesses;
	const {verificationKey, signature} = defined(witness, 'a witness');
	const pair = new CborWriter().array(2).bytes(verificationKey).bytes(signature).finish();
	const forms = [
		new CborWriter().array(1).raw(pair).finish(),
		new CborWriter().tag(258).array(1).raw(pair).finish(),
		new CborWriter().raw(Uint8Array.of(0x9f)).raw(pair).raw(Uint8Array.of(0xff)).finish(),
	];
	for (const form of forms) {
		const bytes = new CborWriter().array(4).raw(body(9)).map(1).uint(0).raw(form).bool(true).null().finish();
		t.deepEqual(decoded(bytes).witnesses, [{verificationKey, signature}]);
	}
});

test('copies that were signed apart come together, in whatever order', t => {
	const transaction = decoded(unsigned());
	const copies = SEEDS.map(seed => signedBy(transaction, [seed]));
	const all = {ok: true, value: signedBy(transaction, SEEDS)};
	fc.assert(
		fc.property(fc.shuffledSubarray(copies, {minLength: copies.length}), shuffled => {
			t.deepEqual(mergeWitnessed(shuffled as [WitnessedTransaction]), all as never);
		}),
	);
	const other = decoded(unsigned(10));
	t.like(mergeWitnessed([transaction, other]), {ok: false, error: {code: 'CARDANO_TRANSACTIONS_DIFFER'}});
});

test('any bytes decode or fail with a code', t => {
	const valid = encodeWitnessed(signedBy(decoded(unsigned()), SEEDS));
	fc.assert(
		fc.property(
			fc.uint8Array({maxLength: 300}),
			bytes => typeof decodeWitnessed(crypto, bytes).ok === 'boolean',
		),
	);
	fc.assert(
		fc.property(fc.nat({max: valid.length - 1}), fc.nat({max: 255}), (at, byte) => {
			const bytes = valid.slice();
			bytes[at] = byte;
			return typeof decodeWitnessed(crypto, bytes).ok === 'boolean';
		}),
	);
	t.false(decodeWitnessed(crypto, new Uint8Array(16_385)).ok);
	t.false(decodeWitnessed(crypto, valid.subarray(0, -1)).ok);
});
