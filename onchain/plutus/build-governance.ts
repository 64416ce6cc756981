import type {Hasher} from '#crypto/crypto';
import type {PlutusScript} from '../plutus-script.ts';
import type {TokenParams} from '../token-params.ts';
import {governanceScript} from '../validators/governance/governance.ts';
import {tokenScript} from '../validators/token.ts';
import type {ContractOptions} from './build-contracts.ts';
import {buildScript} from './build-script.ts';
import {silentCheck, tracedCheck} from './core.ts';

export type GovernanceScripts = {readonly token: PlutusScript; readonly governance: PlutusScript};

/** Compiles the token and the script that governs by it. They come before the contracts that governance pays from. */
export const buildGovernance = (
	hasher: Hasher,
	params: TokenParams,
	{traced = false}: Pick<ContractOptions, 'traced'> = {},
): GovernanceScripts => {
	const check = traced ? tracedCheck : silentCheck;
	const token = buildScript(hasher, tokenScript(params, check));
	return {token, governance: buildScript(hasher, governanceScript({token: token.hash}, check))};
};
