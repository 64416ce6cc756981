import {type BondWorld, productionBond, tracedBond} from './bond-world.ts';
import type {Utxo} from './script-context.ts';
import {publishedUtxo, type ScriptVerdicts, scriptVerdicts} from './script-verdict.ts';

const verdicts: ScriptVerdicts<BondWorld> = scriptVerdicts(
	{traced: tracedBond, production: productionBond},
	({deployment}) => deployment.bond,
);
export const accepts: ScriptVerdicts<BondWorld>['accepts'] = verdicts.accepts;
export const refuses: ScriptVerdicts<BondWorld>['refuses'] = verdicts.refuses;

export const published = ({deployment}: BondWorld): readonly Utxo[] => publishedUtxo(deployment.bond);
