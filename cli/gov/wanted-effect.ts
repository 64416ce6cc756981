/** The effect that the options of `dcloud gov propose` ask for: exactly one. */
import {parseHex} from '#kernel/bytes';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {type Dual, readJson} from '#ledger/genesis/json-form';
import {type LedgerParameters, parameterForms} from '#ledger/genesis/parameters';
import {encodeChange} from '#ledger/governance/parameter-change';
import {type ParameterName, parameterNames} from '#ledger/governance/parameter-registry';
import {type NetworkId, parseAddress} from '#onchain/cardano/address';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {
	type GovernanceSettings,
	SETTING_NAMES,
	settingsList,
	unworkableSetting,
} from '#onchain/data/governance-data';
import {
	committeeRecoveryEffect,
	grantEffect,
	protocolUpgradeEffect,
	REPLACED_CONTRACT,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '#onchain/data/governance-effect';
import {type Options, optionalText} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {parseAmount} from '../wallet.ts';
import {parseTokens} from './tokens.ts';

const bad = (problem: string): NodeError =>
	new NodeError({code: 'PROPOSAL_OPTIONS_WRONG', message: `${problem} (--help lists the effects).`});

/** `name=value`, several times. */
const pairs = (options: Options, name: string): readonly (readonly [string, string])[] => {
	const given = options[name];
	const texts = Array.isArray(given) ? (given as readonly string[]) : [];
	return texts.map(text => {
		const at = text.indexOf('=');
		if (at < 1) throw bad(`"${text}" is not name=value`);
		return [text.slice(0, at), text.slice(at + 1)] as const;
	});
};

const grant = (options: Options, network: NetworkId): PlutusData => {
	const text = optionalText(options, 'grant') ?? '';
	const parsed = parseAddress(text);
	if (parsed.ok && ((parsed.value[0] ?? 0) & 15) !== (network === 'mainnet' ? 1 : 0))
		throw bad(`"${text}" is an address of another Cardano network, not of this one (${network})`);
	const address = parsed.ok ? addressToData(parsed.value) : undefined;
	if (address === undefined) throw bad(`"${text}" is no address on Cardano that can be paid`);
	const [lovelace, tokens] = [optionalText(options, 'amount'), optionalText(options, 'tokens')];
	if (lovelace === undefined && tokens === undefined) throw bad('a grant wants --amount, --tokens or both');
	return grantEffect.toData({
		address,
		lovelace: Lovelace(lovelace === undefined ? 0n : parseAmount(lovelace)),
		tokens: tokens === undefined ? 0n : parseTokens(tokens),
		datum: dataConstructor(0),
	});
};

/** The forms in which JSON may write it: a text, a number, a list of numbers separated by commas. */
const givenValue = (name: ParameterName, text: string): unknown => {
	const list = text.split(',').map(Number);
	const read = [text, Number(text), list].map(form => readJson(parameterForms[name] as Dual<unknown>, form));
	const good = read.find(each => each.ok);
	if (good?.ok) return good.value;
	const [first] = read;
	throw bad(`${name} ${first?.ok === false ? first.error.problem : 'is wrong'}`);
};

const parameters = (options: Options): PlutusData => {
	const values: Record<string, unknown> = {};
	for (const [given, text] of pairs(options, 'set')) {
		const name = parameterNames.find(each => each === given);
		if (name === undefined) throw bad(`there is no parameter ${given}`);
		values[name] = givenValue(name, text);
	}
	const fromEpoch = countOption(options, 'fromEpoch') ?? 0;
	const change = encodeChange({fromEpoch, values: values as Partial<LedgerParameters>});
	if (!change.ok)
		throw new NodeError({
			...change.error,
			message: `This change would have no effect: ${change.error.code}.`,
		});
	return sideChainParametersEffect.toData({change: change.value});
};

const upgrade = (options: Options): PlutusData => {
	const activationEpoch = countOption(options, 'atEpoch');
	if (activationEpoch === undefined) throw bad('an upgrade wants --at-epoch');
	return protocolUpgradeEffect.toData({version: countOption(options, 'upgrade') ?? 0, activationEpoch});
};

const settings = (options: Options, current: GovernanceSettings): PlutusData => {
	const next: Record<string, bigint> = {...current};
	for (const [name, text] of pairs(options, 'setting')) {
		if (!SETTING_NAMES.some(each => each === name) || !/^\d{1,18}$/.test(text))
			throw bad(`"${name}=${text}" is no setting with a whole number`);
		next[name] = BigInt(text);
	}
	const unworkable = unworkableSetting(next as GovernanceSettings);
	if (unworkable !== undefined) throw bad(`with that ${unworkable} nobody could govern any more`);
	return settingsEffect.toData({settings: settingsList(next as GovernanceSettings)});
};

const replacement = (options: Options): PlutusData => {
	const [name = '', text = ''] = (optionalText(options, 'replace') ?? '').split('=');
	const contract = Object.entries(REPLACED_CONTRACT).find(([each]) => each === name)?.[1];
	const hash = parseHex(text);
	if (contract === undefined || hash?.length !== 28) throw bad('--replace wants contract=script hash');
	return scriptReplacementEffect.toData({contract, hash: Hash28(hash)});
};

export type RecoveryTarget = {readonly period: number; readonly committeeHash: Hash32};

export type EffectContext = {
	readonly network: NetworkId;
	/** Of the governor, as they are. */
	readonly settings: GovernanceSettings;
	/** What the side-chain's node says of a dead committee. */
	readonly recovery: () => Promise<RecoveryTarget>;
};

const KINDS = ['grant', 'set', 'upgrade', 'setting', 'replace', 'recover'] as const;

/** Throws PROPOSAL_OPTIONS_WRONG, CHANGE_…, AMOUNT_MALFORMED, TOKENS_MALFORMED. */
export const wantedEffect = async (options: Options, context: EffectContext): Promise<PlutusData> => {
	const [kind, ...others] = KINDS.filter(each => options[each] !== undefined);
	if (kind === undefined || others.length > 0) throw bad('a proposal has exactly one effect');
	switch (kind) {
		case 'grant':
			return grant(options, context.network);
		case 'set':
			return parameters(options);
		case 'upgrade':
			return upgrade(options);
		case 'setting':
			return settings(options, context.settings);
		case 'replace':
			return replacement(options);
		case 'recover':
			return committeeRecoveryEffect.toData(await context.recovery());
	}
};
