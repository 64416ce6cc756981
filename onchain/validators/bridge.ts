import type {Hash28} from '#kernel/hash';
import {CLAIM_STATUS} from '../data/claim-data.ts';
import {RATE_ONE, TREASURY_SOURCE} from '../data/money-data.ts';
import {PAYOUT_TAG} from '../payout.ts';
import {isAtMost, isLess} from '../plutus/arithmetic.ts';
import {
	all,
	asList,
	asPairs,
	bool,
	bytesOf,
	type Check,
	call,
	choose,
	constructorData,
	type Expr,
	integerData,
	integerOf,
	sameData,
	sameInteger,
	truth,
	withFields,
} from '../plutus/core.ts';
import {
	hasKey,
	hasNoScript,
	holdsAdaOnly,
	inlineDatumOf,
	lovelaceOf,
	OUTPUT,
	onlyOutputTo,
	scriptAddress,
	scriptCredential,
} from '../plutus/std.ts';
import {type Payout, type PayoutParams, payoutScript} from './payout.ts';

export type BridgeParams = PayoutParams & {readonly treasury: Hash28};

/**
 * The treasury's share goes to the treasury, whole, in one output that says where it came from. The treasury pays
 * nothing in the same transaction: otherwise its own rule would count this output as money that it kept.
 */
const paysTreasury = (treasury: Expr, check: Check, {delta, blockHash, outputs, withdrawals}: Payout): Expr =>
	withFields(
		call(onlyOutputTo, asList(outputs), call(scriptAddress, treasury)),
		[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(value, datum, referenceScript) =>
			all(
				check('treasury-paid', all(call(holdsAdaOnly, value), isAtMost(delta, call(lovelaceOf, value)))),
				check('treasury-script', hasNoScript(referenceScript)),
				check(
					'treasury-provenance',
					sameData(
						datum,
						inlineDatumOf(
							constructorData(
								0,
								integerData(integerOf(TREASURY_SOURCE.fees)),
								integerData(delta),
								integerData(integerOf(RATE_ONE)),
								blockHash,
							),
						),
					),
				),
				check(
					'treasury-pays-too',
					choose(
						bool,
						call(hasKey, asPairs(withdrawals), scriptCredential(treasury)),
						truth(false),
						truth(true),
					),
				),
			),
	);

/** Holds the ADA that stands for credits, and pays withdrawal leaves to the claims that they name. */
export const bridgeScript = (params: BridgeParams, check: Check): Expr =>
	payoutScript(
		params,
		{
			leafTag: PAYOUT_TAG.withdrawal,
			extra: (named, payout) =>
				all(
					named('claim-kind', isLess(payout.status, integerOf(CLAIM_STATUS.subsidy))),
					choose(
						bool,
						sameInteger(payout.status, integerOf(CLAIM_STATUS.treasury)),
						paysTreasury(bytesOf(params.treasury), named, payout),
						truth(true),
					),
				),
		},
		check,
	);
