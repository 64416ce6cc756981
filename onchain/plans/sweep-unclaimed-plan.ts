import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {err, ok, type Result} from '#kernel/result';
import {type PotDatum, tokenSweepRedeemer} from '../data/token-data.ts';
import type {GovernanceDeployment} from '../governance-deployment.ts';
import {type Pot, potOutput, referTo} from './token-plans.ts';
import {emptyPlan, type TransactionPlan} from './transaction-plan.ts';

export type SweepFailure =
	| {readonly code: 'CLAIMS_STILL_OPEN'; readonly claimUntilMs: number}
	| {readonly code: 'CLAIMS_OVER'};

/** Whether what is unclaimed can become the treasury's at a time. */
export const checkSweep = (
	{claimUntilMs}: Pick<GovernanceDeployment, 'claimUntilMs'>,
	{datum}: Pick<Pot, 'datum'>,
	nowMs: number,
): Result<true, SweepFailure> => {
	if (datum.unclaimed === 0n) return err({code: 'CLAIMS_OVER'});
	return nowMs > claimUntilMs ? ok(true) : err({code: 'CLAIMS_STILL_OPEN', claimUntilMs});
};

/**
 * Makes all that is unclaimed the treasury's, whose tokens are in the pot too and leave it by passed grants only. Anybody may,
 * once the time to claim is over. `nowMs` is the start of a slot.
 */
export const sweepUnclaimedPlan = (
	deployment: GovernanceDeployment,
	pot: Pot,
	nowMs: number,
): Result<TransactionPlan, SweepFailure> => {
	const checked = checkSweep(deployment, pot, nowMs);
	if (!checked.ok) return checked;
	const datum: PotDatum = {...pot.datum, allocationRoot: EMPTY_ROOT, unclaimed: 0n};
	return ok({
		...emptyPlan,
		...referTo(deployment.token),
		spend: [{ref: pot.ref, redeemer: tokenSweepRedeemer.toData({})}],
		outputs: [potOutput(deployment, {...pot, datum})],
		validFromMs: nowMs,
	});
};
