import test from 'ava';
import fc from 'fast-check';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor, dataInteger} from '#onchain/cardano/plutus-data';
import {advanceRedeemer, checkpointDatum} from '#onchain/data/checkpoint-data';
import {claimDatum, openRedeemer, payoutRedeemer} from '#onchain/data/claim-data';
import {depositDatum, provenanceDatum, reserveDatum} from '#onchain/data/money-data';
import {hashOf} from '../../support/side-chain.ts';

const CLAIM = {
	ownerPkh: new Uint8Array(28).fill(1),
	operatorVk: new Uint8Array(32).fill(2),
	claimed: Lovelace(2n ** 64n - 1n),
	collateral: Lovelace(0n),
	status: 3,
	exitAfter: 0n,
};

test('datums and redeemers come back as they were written', t => {
	t.deepEqual(claimDatum.decode(claimDatum.encode(CLAIM)), {ok: true, value: CLAIM});
	const checkpoint = {
		genesisHash: hashOf(1),
		period: 2 ** 53 - 1,
		blockHash: hashOf(2),
		stateRoot: hashOf(3),
		payoutRoot: hashOf(4),
		committeeHash: hashOf(5),
	};
	t.deepEqual(checkpointDatum.decode(checkpointDatum.encode(checkpoint)), {ok: true, value: checkpoint});
	const payout = {claimId: hashOf(1), cumulative: Lovelace(7n), index: 9, proof: [hashOf(2), hashOf(3)]};
	t.deepEqual(payoutRedeemer.decode(payoutRedeemer.encode(payout)), {ok: true, value: payout});
	t.deepEqual(reserveDatum.decode(reserveDatum.encode({})), {ok: true, value: {}});
});

test('a deposit and the reserve are never taken for each other', t => {
	const account = Hash28(new Uint8Array(28));
	t.deepEqual(depositDatum.decode(reserveDatum.encode({})), {
		ok: false,
		error: {code: 'DATUM_WRONG_SHAPE', datum: 'Deposit'},
	});
	t.deepEqual(reserveDatum.decode(depositDatum.encode({account})), {
		ok: false,
		error: {code: 'DATUM_WRONG_SHAPE', datum: 'Reserve'},
	});
});

test('refuses a field more, a field of the wrong kind, length or range, and bytes that are no data', t => {
	const data = claimDatum.toData(CLAIM);
	if (data.kind !== 'constructor') return t.fail('a datum is a constructor');
	const withField = (at: number, field: (typeof data.fields)[number]) =>
		claimDatum.fromData({...data, fields: data.fields.map((old, index) => (index === at ? field : old))});
	t.false(claimDatum.fromData({...data, fields: [...data.fields, dataInteger(0)]}).ok);
	t.deepEqual(withField(2, dataConstructor(0)), {
		ok: false,
		error: {code: 'DATUM_WRONG_SHAPE', datum: 'ClaimDatum', field: 'claimed'},
	});
	t.false(withField(2, dataInteger(2n ** 64n)).ok);
	t.false(withField(2, dataInteger(-1)).ok);
	t.false(withField(4, dataInteger(4)).ok);
	return t.like(claimDatum.decode(Uint8Array.of(0xff)), {ok: false, error: {code: 'DATUM_NOT_PLUTUS_DATA'}});
});

test('any bytes decode or fail with a code', t => {
	const forms = [
		checkpointDatum,
		advanceRedeemer,
		claimDatum,
		openRedeemer,
		payoutRedeemer,
		depositDatum,
		reserveDatum,
		provenanceDatum,
	];
	const valid = claimDatum.encode(CLAIM);
	const mutated = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
		const bytes = valid.slice();
		bytes[at] = byte;
		return bytes;
	});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 100}), mutated), bytes => {
			for (const form of forms) t.is(typeof form.decode(bytes).ok, 'boolean');
		}),
	);
});
