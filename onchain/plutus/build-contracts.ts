import type {Hasher} from '#crypto/crypto';
import type {Hash28} from '#kernel/hash';
import type {CheckpointParams} from '../checkpoint-params.ts';
import type {ContractName} from '../contract-names.ts';
import type {PlutusScript} from '../plutus-script.ts';
import {bridgeScript} from '../validators/bridge.ts';
import {checkpointScript} from '../validators/checkpoint.ts';
import {registryScript} from '../validators/registry.ts';
import {treasuryScript} from '../validators/treasury.ts';
import {buildScript} from './build-script.ts';
import {silentCheck, tracedCheck} from './core.ts';

export type Contracts = {readonly [Name in ContractName]: PlutusScript};

export type ContractOptions = {
	/** Traced scripts say which check failed. They have other hashes, so they are for tests only. Default false. */
	readonly traced?: boolean;
	/**
	 * Hash of the governance script (`buildGovernance`), whose passed proposals may replace a dead committee and whose grants
	 * the treasury pays. By default there is none.
	 */
	readonly governance?: Hash28;
};

/**
 * Compiles the four scripts. Each names those before it by their hashes: the registry stands alone, the treasury
 * and the bridge read checkpoint and registry, the bridge pays the treasury.
 */
export const buildContracts = (
	hasher: Hasher,
	params: CheckpointParams,
	{traced = false, governance}: ContractOptions = {},
): Contracts => {
	const check = traced ? tracedCheck : silentCheck;
	const checkpoint = buildScript(hasher, checkpointScript(params, check, governance));
	const registry = buildScript(hasher, registryScript(check));
	const payout = {checkpoint: checkpoint.hash, registry: registry.hash};
	const treasury = buildScript(
		hasher,
		treasuryScript(governance === undefined ? payout : {...payout, governance}, check),
	);
	const bridge = buildScript(hasher, bridgeScript({...payout, treasury: treasury.hash}, check));
	return {checkpoint, registry, treasury, bridge};
};
