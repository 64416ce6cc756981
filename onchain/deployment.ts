/** The record of what was deployed: everything that anybody needs to build transactions for this side-chain. */
import type {Hasher} from '#crypto/crypto';
import {equalBytes, parseHex, toHex} from '#kernel/bytes';
import {type GenesisHash, Hash28, Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import type {CheckpointParams} from './checkpoint-params.ts';
import {CONTRACT_NAMES, type ContractName} from './contract-names.ts';

/** How a Cardano network counts time. */
export type CardanoNetwork = {
	readonly magic: number;
	readonly zeroTimeMs: number;
	readonly slotLengthMs: number;
};

export type DeployedScript = {
	readonly hash: Hash28;
	/** CBOR byte string around the flat encoding. */
	readonly bytes: Uint8Array;
	/** The output that holds it for others to refer to. */
	readonly reference: McOutRef;
};

/** Fixed before anything is on the chain: the genesis file names these hashes and so comes after. */
export type PreparedDeployment = {
	readonly network: CardanoNetwork;
	readonly params: CheckpointParams;
	readonly scripts: {readonly [Name in ContractName]: {readonly hash: Hash28; readonly bytes: Uint8Array}};
	/** The claim that the treasury's share of the fees is paid to. */
	readonly treasuryClaimId: Hash32;
};

export type Deployment = Omit<PreparedDeployment, 'scripts'> & {
	readonly genesisHash: GenesisHash;
	readonly scripts: {readonly [Name in ContractName]: DeployedScript};
};

export type DeploymentFailure =
	| {readonly code: 'DEPLOYMENT_NOT_JSON'}
	| {readonly code: 'DEPLOYMENT_WRONG_SHAPE'; readonly field: string}
	| {readonly code: 'DEPLOYMENT_WRONG_SCRIPT'; readonly script: ContractName};

const VERSION = 1;
const TEXT_LENGTH_MAX = 200_000;
const PLUTUS_V3 = Uint8Array.of(3);

const referenceJson = ({txId, index}: McOutRef) => ({txId: toHex(txId), index});

/** JSON for a file. */
export const encodeDeployment = (deployment: Deployment): string => {
	const {network, params, scripts, genesisHash, treasuryClaimId} = deployment;
	const scriptJson = ({hash, bytes, reference}: DeployedScript) => ({
		hash: toHex(hash),
		bytes: toHex(bytes),
		reference: referenceJson(reference),
	});
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
		scripts: Object.fromEntries(CONTRACT_NAMES.map(name => [name, scriptJson(scripts[name])])),
	};
	return `${JSON.stringify(json, null, '\t')}\n`;
};

/** Leaves the decoder at the first field that is not what it should be. */
class WrongShape extends Error {
	readonly field: string;

	constructor(field: string) {
		super(field);
		this.field = field;
	}
}

/** A JSON object read field by field; `path` names it in failures. */
class Fields {
	readonly #json: Readonly<Record<string, unknown>>;
	readonly #path: string;

	constructor(json: unknown, path: string) {
		if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new WrongShape(path);
		this.#json = json as Record<string, unknown>;
		this.#path = path;
	}

	object(name: string): Fields {
		return new Fields(this.#json[name], this.#at(name));
	}

	count(name: string): number {
		const value = this.#json[name];
		if (!Number.isSafeInteger(value) || (value as number) < 0) throw new WrongShape(this.#at(name));
		return value as number;
	}

	bytes(name: string, length?: number): Uint8Array {
		const value = this.#json[name];
		const bytes = typeof value === 'string' ? parseHex(value) : undefined;
		if (bytes === undefined || (length !== undefined && bytes.length !== length))
			throw new WrongShape(this.#at(name));
		return bytes;
	}

	reference(name: string): McOutRef {
		const fields = this.object(name);
		return {txId: Hash32(fields.bytes('txId', 32)), index: fields.count('index')};
	}

	#at(name: string): string {
		return this.#path === '' ? name : `${this.#path}.${name}`;
	}
}

const paramsOf = (fields: Fields): CheckpointParams => ({
	seed: fields.reference('seed'),
	genesisCommitteeHash: Hash32(fields.bytes('genesisCommitteeHash', 32)),
	systemStartMs: fields.count('systemStartMs'),
	periodMs: fields.count('periodMs'),
	networkMagic: fields.count('networkMagic'),
});

const scriptOf = (fields: Fields): DeployedScript => ({
	hash: Hash28(fields.bytes('hash', 28)),
	bytes: fields.bytes('bytes'),
	reference: fields.reference('reference'),
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
			checkpoint: scriptOf(scripts.object('checkpoint')),
			registry: scriptOf(scripts.object('registry')),
			treasury: scriptOf(scripts.object('treasury')),
			bridge: scriptOf(scripts.object('bridge')),
		},
	};
};

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

/** Scripts whose bytes do not hash to their hash are refused. */
export const decodeDeployment = (hasher: Hasher, text: string): Result<Deployment, DeploymentFailure> => {
	const json = text.length > TEXT_LENGTH_MAX ? undefined : parseJson(text);
	if (json === undefined) return err({code: 'DEPLOYMENT_NOT_JSON'});
	try {
		const deployment = deploymentOf(json);
		const wrong = CONTRACT_NAMES.find(name => {
			const {bytes, hash} = deployment.scripts[name];
			return !equalBytes(hasher.blake2b224(PLUTUS_V3, bytes), hash);
		});
		return wrong === undefined ? ok(deployment) : err({code: 'DEPLOYMENT_WRONG_SCRIPT', script: wrong});
	} catch (error) {
		if (error instanceof WrongShape) return err({code: 'DEPLOYMENT_WRONG_SHAPE', field: error.field});
		throw error;
	}
};
