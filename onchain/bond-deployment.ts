/** What anybody needs to build transactions with providers' bonds. It follows from the deployment and the terms. */
import {type BondParams, type BondTerms, bondParamsOf} from './bond-params.ts';
import {type DeployedScript, deployedScriptFrom, deployedScriptJson} from './deployed-script.ts';
import type {CardanoNetwork, Deployment} from './deployment.ts';
import type {Fields} from './json-fields.ts';
import type {PublishedScript} from './plutus-script.ts';

export type BondDeployment = {
	readonly network: CardanoNetwork;
	readonly params: BondParams;
	readonly bond: PublishedScript;
};

/** As a deployment records it. */
export type DeployedBonds = {readonly terms: BondTerms; readonly script: DeployedScript};

/** undefined for contracts beside which no bonds were deployed. */
export const bondsOf = ({network, scripts, bonds}: Deployment): BondDeployment | undefined =>
	bonds && {network, params: bondParamsOf(scripts, bonds.terms), bond: bonds.script};

/** For a deployment's record. */
export const bondsJson = ({terms, script}: DeployedBonds): object => ({
	...terms,
	bond: String(terms.bond),
	deposit: String(terms.deposit),
	reward: String(terms.reward),
	script: deployedScriptJson(script),
});

/** The inverse of `bondsJson`. Throws `WrongShape`. */
export const bondsFrom = (fields: Fields): DeployedBonds => ({
	terms: {
		bond: fields.lovelace('bond'),
		deposit: fields.lovelace('deposit'),
		reward: fields.lovelace('reward'),
		answerMs: fields.count('answerMs'),
		exitMs: fields.count('exitMs'),
	},
	script: deployedScriptFrom(fields.object('script')),
});
