import type {Hash28} from '#kernel/hash';
import {CLAIM_STATUS} from '../data/claim-data.ts';
import {PAYOUT_TAG} from '../payout.ts';
import {type Check, type Expr, integerOf, sameInteger} from '../plutus/core.ts';
import {type PayoutParams, payoutScript} from './payout.ts';

export type TreasuryParams = PayoutParams & {
	/** The script whose passed proposals it pays; without one it pays subsidies only. */
	readonly governance?: Hash28;
};

/**
 * Holds what fees, gifts and sold rewards brought, and pays subsidy leaves to subsidy claims and the grants that
 * governance passed.
 */
export const treasuryScript = ({governance, ...params}: TreasuryParams, check: Check): Expr =>
	payoutScript(
		params,
		{
			...(governance === undefined ? {} : {governance}),
			leafTag: PAYOUT_TAG.subsidy,
			extra: (named, {status}) => named('claim-kind', sameInteger(status, integerOf(CLAIM_STATUS.subsidy))),
		},
		check,
	);
