/** Ways in which the execution of a grant is told to the scripts otherwise than it was voted. */

import {Lovelace} from '#kernel/lovelace';
import {
	type ExecuteAction,
	executeAction,
	type GovernorDatum,
	governorDatum,
} from '#onchain/data/governance-data';
import {ADA, changeOutput} from './contract-world.ts';
import type {Change} from './governance-verdict.ts';
import {governorState, RANGE} from './governance-world.ts';

/** What the action says that the transaction pays. */
export const paying =
	(change: Partial<ExecuteAction>): Change =>
	(plan, {deployment, treasury}) => {
		const redeemer = executeAction.toData({
			proposal: 6,
			lovelace: Lovelace(50n * ADA),
			tokens: 0n,
			treasury: treasury.hash,
			...change,
		});
		return {
			...plan,
			judge: plan.judge.map(entry =>
				entry.script === deployment.governance.hash ? {...entry, redeemer} : entry,
			),
		};
	};

/** How the governor goes on. */
export const governing =
	(change: Partial<GovernorDatum>): Change =>
	(plan, world) =>
		changeOutput(plan, 0, {
			datum: governorDatum.toData({
				...governorState(world).plan.datum,
				periodStartMs: RANGE.toMs,
				periodPaid: Lovelace(50n * ADA),
				periodBase: Lovelace(500n * ADA),
				...change,
			}),
		});
