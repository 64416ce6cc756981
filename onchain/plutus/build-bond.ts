import type {Hasher} from '#crypto/crypto';
import type {BondParams} from '../bond-params.ts';
import type {PlutusScript} from '../plutus-script.ts';
import {bondScript} from '../validators/bond/bond.ts';
import type {ContractOptions} from './build-contracts.ts';
import {buildScript} from './build-script.ts';
import {silentCheck, tracedCheck} from './core.ts';

/** Compiles the script of providers' bonds. It names contracts that were deployed before it. */
export const buildBond = (
	hasher: Hasher,
	params: BondParams,
	{traced = false}: Pick<ContractOptions, 'traced'> = {},
): PlutusScript => buildScript(hasher, bondScript(params, traced ? tracedCheck : silentCheck));
