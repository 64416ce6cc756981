import {RATE_ONE, TREASURY_SOURCE} from '../../data/money-data.ts';
import {add, isAtMost, isLess, subtract} from '../../plutus/arithmetic.ts';
import {
	all,
	asInteger,
	asList,
	bind,
	bool,
	bytesData,
	bytesOf,
	call,
	constructorData,
	data,
	type Expr,
	field,
	guard,
	integerData,
	integerOf,
	withFields,
} from '../../plutus/core.ts';
import {
	hasNoScript,
	holdsAdaOnly,
	inlineDatumOf,
	lovelaceOf,
	OUTPUT,
	scriptAddress,
	validFrom,
} from '../../plutus/std.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {keyAddress} from '../governance/parts.ts';
import {burns, goesOn, hasLength, outputWith, ownerSigns, type Spend} from './parts.ts';

/** The owner may add ADA and name another owner. */
export const keeps = (spend: Spend): Expr =>
	all(
		ownerSigns(spend),
		goesOn(
			spend,
			after =>
				guard(
					hasLength(field(after, 0), 28),
					data,
					constructorData(0, field(after, 0), spend.provider, spend.exitAfter),
				),
			spend.lovelace,
		),
	);

export const announcesExit = (spend: Spend): Expr => {
	const {params, owner, provider, lovelace, range} = spend;
	return all(
		ownerSigns(spend),
		goesOn(
			spend,
			() =>
				constructorData(0, owner, provider, integerData(add(call(validTo, range), integerOf(params.exitMs)))),
			lovelace,
		),
	);
};

export const leaves = (spend: Spend): Expr => {
	const {check, exitAfter, range} = spend;
	return all(
		ownerSigns(spend),
		check(
			'exit-time',
			all(isLess(integerOf(0), asInteger(exitAfter)), isAtMost(asInteger(exitAfter), call(validFrom, range))),
		),
		burns(spend),
	);
};

/** The treasury's part, named after the bond so that it counts for no other. */
const paysTreasury = ({params, check, outputs, name}: Spend, amount: Expr): Expr =>
	withFields(
		call(
			outputWith,
			asList(outputs),
			call(scriptAddress, bytesOf(params.treasury)),
			inlineDatumOf(
				constructorData(
					0,
					integerData(integerOf(TREASURY_SOURCE.gift)),
					integerData(amount),
					integerData(integerOf(RATE_ONE)),
					bytesData(name),
				),
			),
		),
		[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(value, _datum, referenceScript) =>
			check(
				'slash-treasury',
				all(
					isAtMost(amount, call(lovelaceOf, value)),
					call(holdsAdaOnly, value),
					hasNoScript(referenceScript),
				),
			),
	);

/** Nobody has shown the leaf in time. Anybody sends the bond to the treasury, and to whoever disputed what is due. */
export const slashes = (spend: Spend): Expr => {
	const {params, check, datum, lovelace, outputs, range, name} = spend;
	const due = integerOf(params.deposit + params.reward);
	return withFields(datum, [3, 7], bool, (challenger, answerBy) =>
		all(
			check('slash-time', isAtMost(asInteger(answerBy), call(validFrom, range))),
			burns(spend),
			bind(subtract(lovelace, due), bool, amount => paysTreasury(spend, amount)),
			check(
				'slash-challenger',
				isAtMost(
					due,
					call(
						lovelaceOf,
						field(
							call(outputWith, asList(outputs), keyAddress(challenger), inlineDatumOf(bytesData(name))),
							OUTPUT.value,
						),
					),
				),
			),
		),
	);
};
