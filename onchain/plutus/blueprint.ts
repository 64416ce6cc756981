import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {CheckpointParams} from '../checkpoint-params.ts';
import {CONTRACT_NAMES, type ContractName} from '../contract-names.ts';
import {advanceRedeemer, checkpointDatum} from '../data/checkpoint-data.ts';
import {claimDatum, openRedeemer, payoutRedeemer} from '../data/claim-data.ts';
import {depositDatum, provenanceDatum, reserveDatum} from '../data/money-data.ts';
import type {DatumRecord, Field} from '../data/record.ts';
import {buildContracts} from './build-contracts.ts';

type Json = {readonly [name: string]: unknown};

const definition = <T>({title, tag, names, fields}: DatumRecord<T>): Json => ({
	title,
	dataType: 'constructor',
	index: tag,
	fields: names.map(name => {
		const {kind} = fields[name] as Field<unknown>;
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
const PURPOSES: {readonly [Name in ContractName]: readonly Purpose[]} = {
	checkpoint: [
		{kind: 'mint', redeemer: 'Data'},
		{kind: 'spend', datum: 'CheckpointDatum', redeemer: 'Advance'},
	],
	registry: [
		{kind: 'mint', redeemer: 'Open'},
		{kind: 'spend', datum: 'ClaimDatum', redeemer: 'Data'},
	],
	treasury: [
		{kind: 'spend', datum: 'TreasuryMoney', redeemer: 'Data'},
		{kind: 'withdraw', redeemer: 'Payout'},
	],
	bridge: [
		{kind: 'spend', datum: 'BridgeMoney', redeemer: 'Data'},
		{kind: 'withdraw', redeemer: 'Payout'},
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

/** The contracts in the form of CIP-57, compiled for the given parameters. */
export const blueprintOf = (hasher: Hasher, params: CheckpointParams): Json => {
	const contracts = buildContracts(hasher, params);
	return {
		$schema: 'https://cips.cardano.org/cips/cip57/schemas/plutus-blueprint.json',
		preamble: {
			title: 'dcloud/onchain',
			description: 'Checkpoint, claim registry, treasury and bridge of a dCloud side-chain.',
			version: '0.1.0',
			plutusVersion: 'v3',
			compiler: {name: 'plu-ts', version: '0.9.0'},
			license: 'Apache-2.0',
		},
		validators: CONTRACT_NAMES.flatMap(name =>
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
			CheckpointDatum: definition(checkpointDatum),
			Advance: definition(advanceRedeemer),
			ClaimDatum: definition(claimDatum),
			Open: definition(openRedeemer),
			Payout: definition(payoutRedeemer),
			Deposit: definition(depositDatum),
			Reserve: definition(reserveDatum),
			Provenance: definition(provenanceDatum),
			BridgeMoney: {title: 'BridgeMoney', anyOf: [schema('Deposit'), schema('Reserve')]},
			TreasuryMoney: {title: 'TreasuryMoney', anyOf: [schema('Provenance'), schema('Reserve')]},
		},
	};
};
