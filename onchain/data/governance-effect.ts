/** What a proposal does when it passes. The chain carries it whole and compares it literally. */
import type {Hash28} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {PlutusData} from '../cardano/plutus-data.ts';
import {SETTING_COUNT} from './governance-data.ts';
import {
	bytesField,
	countField,
	type DatumRecord,
	dataField,
	datumRecord,
	integersField,
	u64Field,
} from './record.ts';
import {type CommitteeRecovery, committeeRecovery} from './recovery-data.ts';

export const EFFECT = {
	grant: 0,
	sideChainParameters: 1,
	protocolUpgrade: 2,
	settings: 3,
	scriptReplacement: 4,
	committeeRecovery: 5,
} as const;

/** Pays out of the treasury and the token pot. The output is the transaction's fourth, exactly so. */
export type GrantEffect = {
	/** An address as Plutus has it. */
	readonly address: PlutusData;
	readonly lovelace: Lovelace;
	/** Millionths of a token. */
	readonly tokens: bigint;
	/** An OutputDatum as Plutus has it: Constr 0 for none, Constr 2 with an inline datum. */
	readonly datum: PlutusData;
};
export const grantEffect: DatumRecord<GrantEffect> = datumRecord('Grant', EFFECT.grant, {
	address: dataField(),
	lovelace: u64Field<Lovelace>(),
	tokens: u64Field(),
	datum: dataField(),
});

/** The side-chain's parameters from an epoch on; Cardano only records it. `change` is the ledger's encoding. */
export type SideChainParametersEffect = {readonly change: Uint8Array};
export const sideChainParametersEffect: DatumRecord<SideChainParametersEffect> = datumRecord(
	'SideChainParameters',
	EFFECT.sideChainParameters,
	{change: bytesField(1, 1_024)},
);

/** The side-chain's protocol version from an epoch on; Cardano only records it. */
export type ProtocolUpgradeEffect = {readonly version: number; readonly activationEpoch: number};
export const protocolUpgradeEffect: DatumRecord<ProtocolUpgradeEffect> = datumRecord(
	'ProtocolUpgrade',
	EFFECT.protocolUpgrade,
	{version: countField(), activationEpoch: countField()},
);

/** The governor's own settings, as `settingsList` orders them. */
export type SettingsEffect = {readonly settings: readonly bigint[]};
export const settingsEffect: DatumRecord<SettingsEffect> = datumRecord('Settings', EFFECT.settings, {
	settings: integersField(SETTING_COUNT),
});

/** Another script in the place of one: of the treasury the governor itself changes its name; others Cardano only records. */
export type ScriptReplacementEffect = {readonly contract: number; readonly hash: Hash28};
export const REPLACED_CONTRACT = {treasury: 0, bridge: 1, checkpoint: 2, registry: 3} as const;
export const scriptReplacementEffect: DatumRecord<ScriptReplacementEffect> = datumRecord(
	'ScriptReplacement',
	EFFECT.scriptReplacement,
	{contract: countField(3), hash: bytesField<Hash28>(28)},
);

/** A new committee for a checkpoint whose committee is dead; the checkpoint reads the enacted record. */
export const committeeRecoveryEffect: DatumRecord<CommitteeRecovery> = committeeRecovery;
