/** What the ways share on which a bond's output is spent. */
import type {BondParams} from '../../bond-params.ts';
import {isAtMost, lengthOf} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asList,
	bool,
	type Check,
	call,
	choose,
	data,
	defineRecursive,
	type Expr,
	field,
	head,
	integerOf,
	listData,
	sameData,
	sameInteger,
	tail,
	withFields,
} from '../../plutus/core.ts';
import {
	contains,
	hasNoScript,
	holdsOneAsset,
	inlineDatumOf,
	lovelaceOf,
	OUTPUT,
	outputHolding,
	quantityOf,
} from '../../plutus/std.ts';

/** The transaction, and the bond that it spends, as terms. */
export type Spend = {
	readonly params: BondParams;
	readonly check: Check;
	readonly redeemer: Expr;
	/** Policy of the NFT, and hash of the script. */
	readonly own: Expr;
	/** Of the NFT. */
	readonly name: Expr;
	readonly address: Expr;
	readonly lovelace: Expr;
	/** Still in Data. */
	readonly owner: Expr;
	readonly provider: Expr;
	readonly exitAfter: Expr;
	/** The whole datum. */
	readonly datum: Expr;
	readonly references: Expr;
	readonly outputs: Expr;
	readonly mint: Expr;
	readonly range: Expr;
	readonly signatories: Expr;
};

export const ownerSigns = ({check, signatories, owner}: Spend): Expr =>
	check('owner', call(contains, asList(signatories), owner));

/** The NFT goes on at the same address with this datum and at least so much ADA, and nothing joins it. */
export const goesOn = (spend: Spend, expected: (datum: Expr) => Expr, lovelaceMin: Expr): Expr => {
	const {check, own, name, address, outputs} = spend;
	return withFields(
		call(outputHolding, asList(outputs), own, name),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(addressAfter, value, datum, referenceScript) =>
			all(
				check('bond-address', sameData(address, addressAfter)),
				check('bond-tokens', call(holdsOneAsset, value)),
				check('bond-script', hasNoScript(referenceScript)),
				check('bond-ada', isAtMost(lovelaceMin, call(lovelaceOf, value))),
				check('bond-datum', sameData(datum, inlineDatumOf(expected(field(datum, 0))))),
			),
	);
};

/** The NFT is no more; the policy sees that nothing else is minted with it. */
export const burns = ({check, mint, own, name}: Spend): Expr =>
	check('burn', sameInteger(call(quantityOf, mint, own, name), integerOf(-1)));

/** (outputs, address, datum as outputs hold it) to the first output with both; fails when there is none. */
export const outputWith: Expr = defineRecursive(
	[listData, data, data],
	data,
	(self, outputs, address, datum) =>
		withFields(head(outputs), [OUTPUT.address, OUTPUT.value, OUTPUT.datum], data, (to, _value, carried) =>
			choose(
				data,
				all(sameData(to, address), sameData(carried, datum)),
				head(outputs),
				call(self, tail(outputs), address, datum),
			),
		),
);

export const hasLength = (bytes: Expr, length: number): Expr =>
	sameInteger(lengthOf(asBytes(bytes)), integerOf(length));
