import {RATE_ONE, TREASURY_SOURCE} from '../../data/money-data.ts';
import {isAtMost} from '../../plutus/arithmetic.ts';
import {
	all,
	any,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	bytesData,
	call,
	choose,
	constructorData,
	type Expr,
	field,
	integerData,
	integerOf,
	sameData,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	hasNoScript,
	holdsAdaOnly,
	inlineDatum,
	inlineDatumOf,
	inputHolding,
	lovelaceOf,
	OUTPUT,
	scriptAddress,
	validFrom,
} from '../../plutus/std.ts';
import {isWon, type Proposal, reachesQuorum, refunds, withProposal} from './execute.ts';
import {type Action, GOVERNOR, mintsOnly, outputNumber, proposalNameOf, touches} from './parts.ts';

const not = (condition: Expr): Expr => choose(bool, condition, truth(false), truth(true));
const time = (p: Proposal, position: number): Expr => asInteger(p[position] as Expr);

/** The first output is the treasury's: the deposit of a proposal that missed the quorum, as a gift that names it. */
const forfeits = (a: Action, p: Proposal, name: Expr): Expr =>
	bind(
		field(call(inlineDatum, call(inputHolding, asList(a.references), a.own, GOVERNOR)), 2),
		bool,
		treasury =>
			withFields(
				outputNumber(a.outputs, 0),
				[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
				bool,
				(address, value, datum, referenceScript) =>
					all(
						a.check('forfeit-address', sameData(address, call(scriptAddress, asBytes(treasury)))),
						a.check(
							'forfeit-value',
							all(call(holdsAdaOnly, value), isAtMost(time(p, 5), call(lovelaceOf, value))),
						),
						a.check('forfeit-script', hasNoScript(referenceScript)),
						a.check(
							'forfeit-datum',
							sameData(
								datum,
								inlineDatumOf(
									constructorData(
										0,
										integerData(integerOf(TREASURY_SOURCE.gift)),
										p[5] as Expr,
										integerData(integerOf(RATE_ONE)),
										bytesData(name),
									),
								),
							),
						),
					),
			),
	);

/** A proposal that failed, or that nobody executed in time, goes with its NFT. */
export const closes = (a: Action): Expr =>
	bind(proposalNameOf(asInteger(field(a.redeemer, 0))), bool, name =>
		bind(call(inputHolding, asList(a.inputs), a.own, name), bool, proposal =>
			withProposal(proposal, p =>
				all(
					a.check('close-touches', touches(a, 1, 0)),
					a.check('close-mint', mintsOnly(a.mint, a.own, name, -1)),
					a.check('close-early', isAtMost(time(p, 7), call(validFrom, a.range))),
					a.check(
						'close-passed',
						any(isAtMost(time(p, 9), call(validFrom, a.range)), not(all(reachesQuorum(p), isWon(p)))),
					),
					choose(bool, reachesQuorum(p), refunds(a, p, 0), forfeits(a, p, name)),
				),
			),
		),
	);
