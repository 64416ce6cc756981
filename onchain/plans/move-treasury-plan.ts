import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {dataConstructor} from '../cardano/plutus-data.ts';
import {moveRedeemer, reserveDatum} from '../data/money-data.ts';
import type {Deployment} from '../deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import type {Governor} from './governance-plans.ts';
import {emptyPlan, type PlanUtxo, type TransactionPlan} from './transaction-plan.ts';

export type MoveFailure =
	/** It is the one that governance pays from. */
	{readonly code: 'TREASURY_NOT_REPLACED'} | {readonly code: 'TREASURY_EMPTY'};

/** So many outputs are moved at a time. */
const MOVED_MAX = 30;

/** Moves money of a treasury that governance replaced to the one that pays now. Anybody may, as often as there is some. */
export const moveTreasuryPlan = (
	{network, scripts: {treasury}}: Pick<Deployment, 'network' | 'scripts'>,
	governor: Governor,
	money: readonly PlanUtxo[],
): Result<TransactionPlan, MoveFailure> => {
	const {treasury: successor} = governor.datum;
	if (equalBytes(successor, treasury.hash)) return err({code: 'TREASURY_NOT_REPLACED'});
	const moved = money.slice(0, MOVED_MAX);
	if (moved.length === 0) return err({code: 'TREASURY_EMPTY'});
	return ok({
		...emptyPlan,
		spend: moved.map(({ref}) => ({ref, redeemer: dataConstructor(0)})),
		read: [governor.ref, treasury.reference],
		judge: [{script: treasury.hash, redeemer: moveRedeemer.toData({})}],
		outputs: [
			{
				address: scriptAddress(networkIdOf(network.magic), successor),
				lovelace: moved.reduce((sum, {lovelace}) => sum + lovelace, 0n),
				datum: reserveDatum.toData({}),
			},
		],
	});
};
