/** What governance of a side-chain was deployed with: its scripts, what they were compiled for, what it began with. */
import type {Hash28} from '#kernel/hash';
import type {GovernanceSettings} from './data/governance-data.ts';
import {type DeployedScript, deployedScriptFrom, deployedScriptJson} from './deployed-script.ts';
import type {CardanoNetwork, Deployment} from './deployment.ts';
import {termsFrom, termsJson} from './governance-terms.ts';
import {type Fields, referenceJson} from './json-fields.ts';
import type {PlutusScript, PublishedScript} from './plutus-script.ts';
import type {TokenParams} from './token-params.ts';

/** Compiled, and not on the chain yet. */
export type PreparedGovernance = {
	readonly params: TokenParams;
	/** What the governor begins with. */
	readonly settings: GovernanceSettings;
	readonly token: PlutusScript;
	readonly governance: PlutusScript;
};

/** As a deployment records it. */
export type DeployedGovernance = Omit<PreparedGovernance, 'token' | 'governance'> & {
	readonly token: DeployedScript;
	readonly governance: DeployedScript;
};

/** What anybody needs to build transactions of governance. */
export type GovernanceDeployment = {
	readonly network: CardanoNetwork;
	readonly token: PublishedScript;
	readonly governance: PublishedScript;
	/** Script hash of the treasury that it pays from when it begins. */
	readonly treasury: Hash28;
	/** As the token was compiled, see `TokenParams`. */
	readonly claimUntilMs: number;
};

/** undefined for contracts that nobody governs. */
export const governanceOf = ({network, scripts, governance}: Deployment): GovernanceDeployment | undefined =>
	governance === undefined
		? undefined
		: {
				network,
				token: governance.token,
				governance: governance.governance,
				treasury: scripts.treasury.hash,
				claimUntilMs: governance.params.claimUntilMs,
			};

/** For a deployment's record. */
export const governanceJson = ({params, settings, token, governance}: DeployedGovernance): object => ({
	...termsJson({...params, settings}),
	seed: referenceJson(params.seed),
	token: deployedScriptJson(token),
	governance: deployedScriptJson(governance),
});

/** The inverse of `governanceJson`. Throws `WrongShape`. */
export const governanceFrom = (fields: Fields): DeployedGovernance => {
	const {settings, ...params} = termsFrom(fields);
	return {
		params: {...params, seed: fields.reference('seed')},
		settings,
		token: deployedScriptFrom(fields.object('token')),
		governance: deployedScriptFrom(fields.object('governance')),
	};
};
