import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {enterpriseAddress} from '#onchain/cardano/address';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	dataList,
	type PlutusData,
} from '#onchain/cardano/plutus-data';
import {addressOfData, addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS, settingsList} from '#onchain/data/governance-data';
import {
	committeeRecoveryEffect,
	type GrantEffect,
	grantEffect,
	protocolUpgradeEffect,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '#onchain/data/governance-effect';
import {checkEffect} from '#onchain/plans/check-effect';
import {hashOf} from '../../support/side-chain.ts';

const hash = (byte: number) => hashOf(byte).slice(0, 28) as Parameters<typeof enterpriseAddress>[1]['hash'];
const TREASURY = hash(1);
const place = {network: {magic: 42, zeroTimeMs: 0, slotLengthMs: 1_000}, treasury: TREASURY};
const inData = (address: Uint8Array): PlutusData => addressToData(address) ?? dataConstructor(9);
const GRANT: GrantEffect = {
	address: inData(enterpriseAddress('testnet', {kind: 'key', hash: hash(2)})),
	lovelace: Lovelace(5_000_000n),
	tokens: 7n,
	datum: dataConstructor(0),
};
const check = (effect: PlutusData) => checkEffect(place, effect);
const grant = (change: Partial<GrantEffect>) => check(grantEffect.toData({...GRANT, ...change}));

test('an effect of each kind can be proposed', t => {
	const effects = [
		grantEffect.toData(GRANT),
		grantEffect.toData({...GRANT, datum: dataConstructor(2, dataInteger(1))}),
		sideChainParametersEffect.toData({change: Uint8Array.of(1)}),
		protocolUpgradeEffect.toData({version: 2, activationEpoch: 9}),
		settingsEffect.toData({settings: settingsList(DEFAULT_SETTINGS)}),
		scriptReplacementEffect.toData({contract: 0, hash: hash(3)}),
		committeeRecoveryEffect.toData({period: 4, committeeHash: hashOf(5)}),
	];
	for (const effect of effects) t.deepEqual(check(effect), {ok: true, value: undefined});
});

test('refuses to propose what could never be carried out', t => {
	const refuses = (result: ReturnType<typeof check>, error: object) =>
		t.deepEqual(result as object, {ok: false, error});
	const shape = (datum: string, field: string) => ({code: 'DATUM_WRONG_SHAPE', datum, field});
	refuses(check(dataInteger(1)), {code: 'EFFECT_UNKNOWN'});
	refuses(check(dataConstructor(6)), {code: 'EFFECT_UNKNOWN'});
	refuses(grant({address: dataConstructor(0)}), shape('Grant', 'address'));
	refuses(grant({datum: dataConstructor(1, dataBytes(hashOf(1)))}), shape('Grant', 'datum'));
	refuses(grant({lovelace: Lovelace(1_999_999n)}), {
		code: 'GRANT_TOO_SMALL',
		lovelace: 1_999_999n,
		atLeast: 2_000_000n,
	});
	refuses(grant({tokens: 100_000_000_000_001n}), {
		code: 'GRANT_TOKENS_TOO_MANY',
		tokens: 100_000_000_000_001n,
	});
	refuses(grant({address: inData(enterpriseAddress('testnet', {kind: 'script', hash: TREASURY}))}), {
		code: 'GRANT_TO_TREASURY',
	});
	const settings = settingsList({...DEFAULT_SETTINGS, voteMs: 0n});
	refuses(check(settingsEffect.toData({settings})), {code: 'SETTING_UNWORKABLE', setting: 'voteMs'});
	refuses(
		check(dataConstructor(5, dataInteger(1), dataBytes(hash(1)))),
		shape('CommitteeRecovery', 'committeeHash'),
	);
	t.false(check(dataConstructor(1, dataBytes(new Uint8Array(1_025)))).ok);
	t.false(check(dataConstructor(3, dataList([]))).ok);
});

test('an address is the same after a way through Plutus data, with and without a stake part', t => {
	const bytes = fc.uint8Array({minLength: 28, maxLength: 28});
	const kinds = fc.nat({max: 3});
	fc.assert(
		fc.property(kinds, bytes, bytes, fc.boolean(), (kind, payment, stake, hasStake) => {
			const header = (hasStake ? kind : 6 + (kind & 1)) << 4;
			const address = Uint8Array.of(header, ...payment, ...(hasStake ? stake : []));
			const data = addressToData(address);
			t.deepEqual(data && addressOfData('testnet', data), address);
		}),
	);
	t.is(addressToData(Uint8Array.of(0xe0, ...new Uint8Array(28))), undefined);
	t.is(addressToData(new Uint8Array(57).fill(0x40)), undefined);
	t.is(
		addressOfData('testnet', dataConstructor(0, dataConstructor(2, dataBytes(hash(1))), dataConstructor(1))),
		undefined,
	);
});
