import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {BOND_TERMS, bondParamsOf} from '../bond-params.ts';
import type {ChannelParams} from '../channel-params.ts';
import type {CheckpointParams} from '../checkpoint-params.ts';
import {CONTRACT_NAMES, type ContractName} from '../contract-names.ts';
import {
	announceExitRedeemer,
	answerDisputeRedeemer,
	bondDatum,
	burnBondRedeemer,
	disputeBondRedeemer,
	disputedBondDatum,
	keepBondRedeemer,
	leaveBondRedeemer,
	registerBondRedeemer,
	slashBondRedeemer,
} from '../data/bond-data.ts';
import {
	burnChannelRedeemer,
	channelDatum,
	closeChannelRedeemer,
	endChannelRedeemer,
	openChannelRedeemer,
	refundChannelRedeemer,
	settleChannelRedeemer,
	topUpChannelRedeemer,
} from '../data/channel-data.ts';
import {advanceRedeemer, checkpointDatum} from '../data/checkpoint-data.ts';
import {claimDatum, openRedeemer, payoutRedeemer} from '../data/claim-data.ts';
import {
	closeAction,
	delegateAction,
	enactedDatum,
	executeAction,
	governorDatum,
	proposalDatum,
	proposeAction,
	stakeDatum,
	voteAction,
	withdrawStakeAction,
} from '../data/governance-data.ts';
import {
	committeeRecoveryEffect,
	grantEffect,
	protocolUpgradeEffect,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '../data/governance-effect.ts';
import {
	depositDatum,
	grantRedeemer,
	moveRedeemer,
	provenanceDatum,
	reserveDatum,
} from '../data/money-data.ts';
import type {Field} from '../data/record.ts';
import {recoverRedeemer} from '../data/recovery-data.ts';
import {potDatum, tokenClaimRedeemer, tokenGrantRedeemer, tokenSweepRedeemer} from '../data/token-data.ts';
import type {TokenParams} from '../token-params.ts';
import {buildBond} from './build-bond.ts';
import {buildChannel} from './build-channel.ts';
import {buildContracts} from './build-contracts.ts';
import {buildGovernance} from './build-governance.ts';

type Json = {readonly [name: string]: unknown};

/** What the schema of a record needs of it. */
type Described = {
	readonly title: string;
	readonly tag: number;
	readonly names: readonly string[];
	readonly fields: Readonly<Record<string, Pick<Field<unknown>, 'kind'>>>;
};

const definition = ({title, tag, names, fields}: Described): Json => ({
	title,
	dataType: 'constructor',
	index: tag,
	fields: names.map(name => {
		const kind = fields[name]?.kind;
		if (kind === 'data') return {title: name, $ref: '#/definitions/Data'};
		if (kind === 'integers') return {title: name, dataType: 'list', items: {dataType: 'integer'}};
		return {title: name, dataType: kind, ...(kind === 'list' ? {items: {dataType: 'bytes'}} : {})};
	}),
});

const schema = (name: string): Json => ({$ref: `#/definitions/${name}`});
const argument = (title: string, name: string): Json => ({title, schema: schema(name)});

type Purpose = {
	readonly kind: 'spend' | 'mint' | 'withdraw';
	readonly datum?: string;
	readonly redeemer: string;
};

/** What each script is run for, and with what. A purpose that takes any redeemer has Data. */
const PURPOSES: {
	readonly [Name in ContractName | 'token' | 'governance' | 'bond' | 'channel']: readonly Purpose[];
} = {
	checkpoint: [
		{kind: 'mint', redeemer: 'Data'},
		{kind: 'spend', datum: 'CheckpointDatum', redeemer: 'CheckpointStep'},
	],
	registry: [
		{kind: 'mint', redeemer: 'Open'},
		{kind: 'spend', datum: 'ClaimDatum', redeemer: 'Data'},
	],
	treasury: [
		{kind: 'spend', datum: 'TreasuryMoney', redeemer: 'Data'},
		{kind: 'withdraw', redeemer: 'TreasuryRule'},
	],
	bridge: [
		{kind: 'spend', datum: 'BridgeMoney', redeemer: 'Data'},
		{kind: 'withdraw', redeemer: 'Payout'},
	],
	token: [
		{kind: 'mint', redeemer: 'Data'},
		{kind: 'spend', datum: 'TokenPot', redeemer: 'PotStep'},
	],
	governance: [
		{kind: 'mint', redeemer: 'Data'},
		{kind: 'spend', datum: 'GovernanceState', redeemer: 'Data'},
		{kind: 'withdraw', redeemer: 'GovernanceAction'},
	],
	bond: [
		{kind: 'mint', redeemer: 'BondMint'},
		{kind: 'spend', datum: 'BondState', redeemer: 'BondAction'},
	],
	channel: [
		{kind: 'mint', redeemer: 'ChannelMint'},
		{kind: 'spend', datum: 'Channel', redeemer: 'ChannelAction'},
	],
};

/** The parameters that the published `plutus.json` is compiled for; every deployment has its own. */
export const BLUEPRINT_PARAMS: CheckpointParams = {
	seed: {txId: new Uint8Array(32) as CheckpointParams['seed']['txId'], index: 0},
	genesisCommitteeHash: new Uint8Array(32) as CheckpointParams['genesisCommitteeHash'],
	systemStartMs: 0,
	periodMs: 120_000,
	networkMagic: 42,
};

/** As above, for the token. */
export const BLUEPRINT_TOKEN_PARAMS: TokenParams = {
	seed: {...BLUEPRINT_PARAMS.seed, index: 1},
	allocationRoot: BLUEPRINT_PARAMS.genesisCommitteeHash,
	allocated: 50_000_000_000_000n,
	claimUntilMs: 2_000_000_000_000,
};

/** As above, of payment channels. */
export const BLUEPRINT_CHANNEL_PARAMS: ChannelParams = {networkId: 0, windowMs: 86_400_000};

const CHANNEL_MINTS = [openChannelRedeemer, burnChannelRedeemer] as const;
const CHANNEL_ACTIONS = [
	topUpChannelRedeemer,
	settleChannelRedeemer,
	endChannelRedeemer,
	closeChannelRedeemer,
	refundChannelRedeemer,
] as const;
const BOND_STATES = [bondDatum, disputedBondDatum] as const;
const BOND_MINTS = [registerBondRedeemer, burnBondRedeemer] as const;
const BOND_ACTIONS = [
	keepBondRedeemer,
	disputeBondRedeemer,
	answerDisputeRedeemer,
	slashBondRedeemer,
	announceExitRedeemer,
	leaveBondRedeemer,
] as const;
const STATES = [governorDatum, proposalDatum, enactedDatum, stakeDatum] as const;
const ACTIONS = [
	proposeAction,
	voteAction,
	withdrawStakeAction,
	delegateAction,
	executeAction,
	closeAction,
] as const;
/** What the field `effect` of a proposal holds. */
const EFFECTS = [
	grantEffect,
	sideChainParametersEffect,
	protocolUpgradeEffect,
	settingsEffect,
	scriptReplacementEffect,
	committeeRecoveryEffect,
] as const;
const ALL = [
	checkpointDatum,
	advanceRedeemer,
	recoverRedeemer,
	claimDatum,
	openRedeemer,
	payoutRedeemer,
	depositDatum,
	reserveDatum,
	provenanceDatum,
	grantRedeemer,
	moveRedeemer,
	potDatum,
	tokenClaimRedeemer,
	tokenGrantRedeemer,
	tokenSweepRedeemer,
	...STATES,
	...ACTIONS,
	...EFFECTS,
	...BOND_STATES,
	...BOND_MINTS,
	...BOND_ACTIONS,
	channelDatum,
	...CHANNEL_MINTS,
	...CHANNEL_ACTIONS,
] as const;

/** Each of the records under its title. */
const definitions = (...records: readonly Described[]): Json =>
	Object.fromEntries(records.map(record => [record.title, definition(record)]));

const anyOf = (title: string, ...records: readonly {readonly title: string}[]): Json => ({
	[title]: {title, anyOf: records.map(record => schema(record.title))},
});

/** The contracts in the form of CIP-57, with governance, compiled for the given parameters. */
export const blueprintOf = (hasher: Hasher, params: CheckpointParams, tokenParams: TokenParams): Json => {
	const governors = buildGovernance(hasher, tokenParams);
	const deployed = buildContracts(hasher, params, {governance: governors.governance.hash});
	const bond = buildBond(hasher, bondParamsOf(deployed, BOND_TERMS));
	const channel = buildChannel(hasher, BLUEPRINT_CHANNEL_PARAMS);
	const contracts = {...deployed, ...governors, bond, channel};
	return {
		$schema: 'https://cips.cardano.org/cips/cip57/schemas/plutus-blueprint.json',
		preamble: {
			title: 'dcloud/onchain',
			description:
				'Checkpoint, claim registry, treasury, bridge, token, governance, provider bonds and payment channels of a dCloud side-chain.',
			version: '0.1.0',
			plutusVersion: 'v3',
			compiler: {name: 'plu-ts', version: '0.9.0'},
			license: 'Apache-2.0',
		},
		validators: ([...CONTRACT_NAMES, 'token', 'governance', 'bond', 'channel'] as const).flatMap(name =>
			PURPOSES[name].map(({kind, datum, redeemer}) => ({
				title: `${name}.${kind}`,
				...(datum === undefined ? {} : {datum: argument('datum', datum)}),
				redeemer: argument('redeemer', redeemer),
				compiledCode: toHex(contracts[name].bytes),
				hash: toHex(contracts[name].hash),
			})),
		),
		definitions: {
			Data: {title: 'Data', description: 'Any Plutus data.'},
			...definitions(...ALL),
			...anyOf('CheckpointStep', advanceRedeemer, recoverRedeemer),
			...anyOf('TreasuryRule', payoutRedeemer, grantRedeemer, moveRedeemer),
			...anyOf('BridgeMoney', depositDatum, reserveDatum),
			...anyOf('TreasuryMoney', provenanceDatum, reserveDatum),
			...anyOf('PotStep', tokenClaimRedeemer, tokenGrantRedeemer, tokenSweepRedeemer),
			...anyOf('GovernanceState', ...STATES),
			...anyOf('GovernanceAction', ...ACTIONS),
			...anyOf('Effect', ...EFFECTS),
			...anyOf('BondState', ...BOND_STATES),
			...anyOf('BondMint', ...BOND_MINTS),
			...anyOf('BondAction', ...BOND_ACTIONS),
			...anyOf('ChannelMint', ...CHANNEL_MINTS),
			...anyOf('ChannelAction', ...CHANNEL_ACTIONS),
		},
	};
};
