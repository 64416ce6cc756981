import {CLAIM_STATUS} from '../data/claim-data.ts';
import {PAYOUT_TAG} from '../payout.ts';
import {type Check, type Expr, integerOf, sameInteger} from '../plutus/core.ts';
import {type PayoutParams, payoutScript} from './payout.ts';

/**
 * Holds what fees, gifts and sold rewards brought, and pays subsidy leaves to subsidy claims. (Grants that
 * governance passed come with governance.)
 */
export const treasuryScript = (params: PayoutParams, check: Check): Expr =>
	payoutScript(
		params,
		{
			leafTag: PAYOUT_TAG.subsidy,
			extra: (named, {status}) => named('claim-kind', sameInteger(status, integerOf(CLAIM_STATUS.subsidy))),
		},
		check,
	);
