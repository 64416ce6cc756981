/** What a proposal wants must be what can be carried out: Cardano looks at it only when it has passed. */
import {equalBytes} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {paymentCredential} from '../cardano/address.ts';
import type {PlutusData} from '../cardano/plutus-data.ts';
import {addressOfData} from '../data/address-data.ts';
import {type SettingName, settingsOf, unworkableSetting} from '../data/governance-data.ts';
import {
	committeeRecoveryEffect,
	EFFECT,
	type GrantEffect,
	grantEffect,
	protocolUpgradeEffect,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '../data/governance-effect.ts';
import type {DatumFailure} from '../data/record.ts';
import {TOKEN_SUPPLY} from '../data/token-data.ts';
import type {CardanoNetwork} from '../deployment.ts';
import {networkIdOf} from './deploy-plan.ts';
import {OUTPUT_LOVELACE_MIN} from './transaction-plan.ts';

export type EffectFailure =
	| DatumFailure
	| {readonly code: 'EFFECT_UNKNOWN'}
	/** The recipient's output would be smaller than the ledger takes. */
	| {readonly code: 'GRANT_TOO_SMALL'; readonly lovelace: bigint; readonly atLeast: bigint}
	/** The treasury's rule would count it as money that it kept. */
	| {readonly code: 'GRANT_TO_TREASURY'}
	| {readonly code: 'GRANT_TOKENS_TOO_MANY'; readonly tokens: bigint}
	| {readonly code: 'SETTING_UNWORKABLE'; readonly setting: SettingName};

type Place = {
	readonly network: CardanoNetwork;
	/** That pays now. */
	readonly treasury: Hash28;
};

const wrongField = (field: string): Result<never, DatumFailure> =>
	err({code: 'DATUM_WRONG_SHAPE', datum: 'Grant', field});

/** None, or inline. */
const isOutputDatum = (data: PlutusData): boolean =>
	data.kind === 'constructor' &&
	((data.tag === 0 && data.fields.length === 0) || (data.tag === 2 && data.fields.length === 1));

const checkGrant = (
	{network, treasury}: Place,
	{address: recipient, lovelace, tokens, datum}: GrantEffect,
): Result<undefined, EffectFailure> => {
	const address = addressOfData(networkIdOf(network.magic), recipient);
	if (address === undefined) return wrongField('address');
	if (!isOutputDatum(datum)) return wrongField('datum');
	const payment = paymentCredential(address);
	if (payment?.kind === 'script' && equalBytes(payment.hash, treasury))
		return err({code: 'GRANT_TO_TREASURY'});
	if (lovelace < OUTPUT_LOVELACE_MIN)
		return err({code: 'GRANT_TOO_SMALL', lovelace, atLeast: OUTPUT_LOVELACE_MIN});
	return tokens > TOKEN_SUPPLY ? err({code: 'GRANT_TOKENS_TOO_MANY', tokens}) : ok(undefined);
};

type Form = {fromData(data: PlutusData): Result<unknown, DatumFailure>};
/** Forms of the effects whose fields need only be of their kinds. */
const PLAIN: ReadonlyMap<number, Form> = new Map<number, Form>([
	[EFFECT.sideChainParameters, sideChainParametersEffect],
	[EFFECT.protocolUpgrade, protocolUpgradeEffect],
	[EFFECT.scriptReplacement, scriptReplacementEffect],
	[EFFECT.committeeRecovery, committeeRecoveryEffect],
]);

/** Fails for an effect that could never be carried out, for which a deposit would be spent and votes cast in vain. */
export const checkEffect = (place: Place, effect: PlutusData): Result<undefined, EffectFailure> => {
	const kind = effect.kind === 'constructor' ? effect.tag : -1;
	if (kind === EFFECT.grant) {
		const grant = grantEffect.fromData(effect);
		return grant.ok ? checkGrant(place, grant.value) : grant;
	}
	if (kind === EFFECT.settings) {
		const settings = settingsEffect.fromData(effect);
		if (!settings.ok) return settings;
		const setting = unworkableSetting(settingsOf(settings.value.settings));
		return setting === undefined ? ok(undefined) : err({code: 'SETTING_UNWORKABLE', setting});
	}
	const read = PLAIN.get(kind)?.fromData(effect);
	if (read === undefined) return err({code: 'EFFECT_UNKNOWN'});
	return read.ok ? ok(undefined) : read;
};
