/** The end of a transaction's validity, and how many of its inputs and outputs lie somewhere. */
import {add} from './arithmetic.ts';
import {
	asInteger,
	bind,
	call,
	choose,
	constructorOf,
	data,
	define,
	defineRecursive,
	type Expr,
	field,
	guard,
	head,
	int,
	integerOf,
	isEmpty,
	listData,
	sameData,
	sameInteger,
	tail,
} from './core.ts';
import {OUTPUT, resolved} from './std.ts';

/** The upper bound of a validity range in POSIX milliseconds; the transaction's time is never after it. Fails when there is none. */
export const validTo: Expr = define([data], int, range =>
	bind(field(field(range, 1), 0), int, bound =>
		guard(sameInteger(constructorOf(bound), integerOf(1)), int, asInteger(field(bound, 0))),
	),
);

const countIn = (outputOf: (item: Expr) => Expr): Expr =>
	defineRecursive([listData, data], int, (self, items, credential) =>
		choose(
			int,
			isEmpty(items),
			integerOf(0),
			add(
				choose(
					int,
					sameData(field(field(outputOf(head(items)), OUTPUT.address), 0), credential),
					integerOf(1),
					integerOf(0),
				),
				call(self, tail(items), credential),
			),
		),
	);

/** (TxInInfos, payment credential) to how many of them are there. */
export const inputsAt: Expr = countIn(resolved);
/** (outputs, payment credential) to how many of them are there. */
export const outputsAt: Expr = countIn(output => output);
