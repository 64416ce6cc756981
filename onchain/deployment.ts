/** The record of what was deployed: everything that anybody needs to build transactions for this side-chain. */
import type {Hasher} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {bondsFrom, bondsJson, type DeployedBonds} from './bond-deployment.ts';
import type {CheckpointParams} from './checkpoint-params.ts';
import {CONTRACT_NAMES, type ContractName} from './contract-names.ts';
import {type DeployedScript, deployedScriptFrom, deployedScriptJson} from './deployed-script.ts';
import {
	type DeployedGovernance,
	governanceFrom,
	governanceJson,
	type PreparedGovernance,
} from './governance-deployment.ts';
import {Fields, parseJson, referenceJson, WrongShape} from './json-fields.ts';
import type {PlutusScript} from './plutus-script.ts';

/** How a Cardano network counts time. */
export type CardanoNetwork = {
	readonly magic: number;
	readonly zeroTimeMs: number;
	readonly slotLengthMs: number;
};

/** Fixed before anything is on the chain: the genesis file names these hashes and so comes after. */
export type PreparedDeployment = {
	readonly network: CardanoNetwork;
	readonly params: CheckpointParams;
	readonly scripts: {readonly [Name in ContractName]: PlutusScript};
	/** The claim that the treasury's share of the fees is paid to. */
	readonly treasuryClaimId: Hash32;
	/** Without it nobody governs: no grants, and a dead committee stays dead. */
	readonly governance?: PreparedGovernance;
};

export type Deployment = Omit<PreparedDeployment, 'scripts' | 'governance'> & {
	readonly genesisHash: GenesisHash;
	readonly scripts: {readonly [Name in ContractName]: DeployedScript};
	readonly governance?: DeployedGovernance;
	/** Without it providers put up no bonds. */
	readonly bonds?: DeployedBonds;
};

export type DeploymentFailure =
	| {readonly code: 'DEPLOYMENT_NOT_JSON'}
	| {readonly code: 'DEPLOYMENT_WRONG_SHAPE'; readonly field: string}
	| {
			readonly code: 'DEPLOYMENT_WRONG_SCRIPT';
			readonly script: ContractName | 'token' | 'governance' | 'bonds';
	  };

const SCRIPT_NAMES = [...CONTRACT_NAMES, 'token', 'governance', 'bonds'] as const;
const VERSION = 1;
const TEXT_LENGTH_MAX = 200_000;
const PLUTUS_V3 = Uint8Array.of(3);

/** JSON for a file. */
export const encodeDeployment = (deployment: Deployment): string => {
	const {network, params, scripts, genesisHash, treasuryClaimId, governance, bonds} = deployment;
	const json = {
		version: VERSION,
		network,
		genesisHash: toHex(genesisHash),
		treasuryClaimId: toHex(treasuryClaimId),
		params: {
			...params,
			seed: referenceJson(params.seed),
			genesisCommitteeHash: toHex(params.genesisCommitteeHash),
		},
		scripts: Object.fromEntries(CONTRACT_NAMES.map(name => [name, deployedScriptJson(scripts[name])])),
		...(governance === undefined ? {} : {governance: governanceJson(governance)}),
		...(bonds === undefined ? {} : {bonds: bondsJson(bonds)}),
	};
	return `${JSON.stringify(json, null, '\t')}\n`;
};

const paramsOf = (fields: Fields): CheckpointParams => ({
	seed: fields.reference('seed'),
	genesisCommitteeHash: Hash32(fields.bytes('genesisCommitteeHash', 32)),
	systemStartMs: fields.count('systemStartMs'),
	periodMs: fields.count('periodMs'),
	networkMagic: fields.count('networkMagic'),
});

const deploymentOf = (json: unknown): Deployment => {
	const fields = new Fields(json, '');
	if (fields.count('version') !== VERSION) throw new WrongShape('version');
	const network = fields.object('network');
	const scripts = fields.object('scripts');
	return {
		network: {
			magic: network.count('magic'),
			zeroTimeMs: network.count('zeroTimeMs'),
			slotLengthMs: network.count('slotLengthMs'),
		},
		genesisHash: Hash32(fields.bytes('genesisHash', 32)),
		treasuryClaimId: Hash32(fields.bytes('treasuryClaimId', 32)),
		params: paramsOf(fields.object('params')),
		scripts: {
			checkpoint: deployedScriptFrom(scripts.object('checkpoint')),
			registry: deployedScriptFrom(scripts.object('registry')),
			treasury: deployedScriptFrom(scripts.object('treasury')),
			bridge: deployedScriptFrom(scripts.object('bridge')),
		},
		...(fields.has('governance') ? {governance: governanceFrom(fields.object('governance'))} : {}),
		...(fields.has('bonds') ? {bonds: bondsFrom(fields.object('bonds'))} : {}),
	};
};

/** Scripts whose bytes do not hash to their hash are refused. */
export const decodeDeployment = (hasher: Hasher, text: string): Result<Deployment, DeploymentFailure> => {
	const json = text.length > TEXT_LENGTH_MAX ? undefined : parseJson(text);
	if (json === undefined) return err({code: 'DEPLOYMENT_NOT_JSON'});
	try {
		const deployment = deploymentOf(json);
		const {scripts, governance, bonds} = deployment;
		const all = {
			...scripts,
			...(governance && {token: governance.token, governance: governance.governance}),
			...(bonds && {bonds: bonds.script}),
		};
		const wrong = SCRIPT_NAMES.find(name => {
			const script = all[name];
			return script !== undefined && !equalBytes(hasher.blake2b224(PLUTUS_V3, script.bytes), script.hash);
		});
		return wrong === undefined ? ok(deployment) : err({code: 'DEPLOYMENT_WRONG_SCRIPT', script: wrong});
	} catch (error) {
		if (error instanceof WrongShape) return err({code: 'DEPLOYMENT_WRONG_SHAPE', field: error.field});
		throw error;
	}
};
