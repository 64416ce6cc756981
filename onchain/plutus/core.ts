/**
 * A small layer over plu-ts 0.9.0: builtins, lambdas and explicit lets, nothing else. Whatever makes the package's
 * implicit lets (`plet().in`, dot-notation on structs, `pmatch`) is kept out, because mixing those compiles to
 * wrong variables. Types of terms are checked by plu-ts when a script is built, and by running every branch.
 */
import {
	bool,
	bs,
	data,
	delayed,
	fn,
	int,
	list,
	pair,
	papp,
	pBool,
	pBSToData,
	pByteString,
	pConstrToData,
	pData,
	pdelay,
	peqBs,
	peqData,
	peqInt,
	perror,
	pfn,
	pforce,
	phead,
	phoist,
	pInt,
	pIntToData,
	pisEmpty,
	pListToData,
	plam,
	pmakeUnit,
	pnilData,
	pprepend,
	precursive,
	pStr,
	pstrictIf,
	ptail,
	ptrace,
	punBData,
	punConstrData,
	punIData,
	punListData,
	punMapData,
	type TermType,
	unit,
} from '@harmoniclabs/plu-ts';
import {
	pfstPairNoUnwrap,
	psndPairNoUnwrap,
} from '@harmoniclabs/plu-ts-onchain/dist/pluts/lib/builtins/pair/noUnwrap.js';

/** A term of the on-chain language. plu-ts's own static types are lost in most combinators, so this is all we keep. */
export type Expr = {
	readonly type: TermType;
	toUPLC(depth: number, options: unknown): unknown;
};

type Applicable = Expr & {$(argument: Expr): Applicable};

export const listData: TermType = list(data);
export const pairsData: TermType = list(pair(data, data));
export {bool, bs, data, int, type TermType, unit};

/** Applies a function, builtin or ours, to its arguments. */
export const call = (f: unknown, ...inputs: readonly Expr[]): Expr =>
	inputs.reduce((applied: Applicable, input) => applied.$(input), f as Applicable);

/** A closed function of several arguments. */
export const define = (
	inputs: readonly TermType[],
	output: TermType,
	body: (...inputs: Expr[]) => Expr,
): Expr => phoist(pfn(inputs as never, output)(body as never) as never) as unknown as Expr;

/** A closed function that may call itself. */
export const defineRecursive = (
	inputs: readonly TermType[],
	output: TermType,
	body: (self: Expr, ...inputs: Expr[]) => Expr,
): Expr => {
	const type = fn(inputs as never, output) as TermType;
	const functional = pfn([type, ...inputs] as never, output)(body as never);
	return phoist(precursive(functional as never) as never) as unknown as Expr;
};

/** Evaluates `value` once: (\x -> body) value. */
export const bind = (value: Expr, output: TermType, body: (bound: Expr) => Expr): Expr =>
	papp(plam(value.type, output)(body as never) as never, value as never) as unknown as Expr;

export const bytesOf = (bytes: Uint8Array): Expr => pByteString(bytes as never) as unknown as Expr;
export const integerOf = (value: number | bigint): Expr => pInt(value) as unknown as Expr;
export const truth = (value: boolean): Expr => pBool(value) as unknown as Expr;
export const constant = (value: unknown): Expr => pData(value as never) as unknown as Expr;
export const noData: Expr = pnilData as unknown as Expr;
export const fail = (output: TermType): Expr => perror(output) as unknown as Expr;

/** Only the branch taken is evaluated. */
export const choose = (output: TermType, condition: Expr, yes: Expr, no: Expr): Expr =>
	pforce(
		call(
			pstrictIf(delayed(output)),
			condition,
			pdelay(yes as never) as unknown as Expr,
			pdelay(no as never) as unknown as Expr,
		) as never,
	) as unknown as Expr;

/** Left to right, stopping at the first that is false. */
export const all = (...conditions: readonly Expr[]): Expr =>
	conditions.reduceRight((rest, condition) => choose(bool, condition, rest, truth(false)), truth(true));

/** Left to right, stopping at the first that is true. */
export const any = (...conditions: readonly Expr[]): Expr =>
	conditions.reduceRight((rest, condition) => choose(bool, condition, truth(true), rest), truth(false));

/** `value` where the condition holds; else the script fails. */
export const guard = (condition: Expr, output: TermType, value: Expr): Expr =>
	choose(output, condition, value, fail(output));

export const head = (items: Expr): Expr => call(phead(data), items);
export const tail = (items: Expr): Expr => call(ptail(data), items);
export const headPair = (items: Expr): Expr => call(phead(pair(data, data)), items);
export const tailPairs = (items: Expr): Expr => call(ptail(pair(data, data)), items);
export const isEmpty = (items: Expr): Expr => call(pisEmpty, items);
export const first = (both: Expr): Expr => call(pfstPairNoUnwrap(data, data), both);
export const second = (both: Expr): Expr => call(psndPairNoUnwrap(data, data), both);
export const prepend = (item: Expr, items: Expr): Expr => call(pprepend(data), item, items);

export const asInteger = (value: Expr): Expr => call(punIData, value);
export const asBytes = (value: Expr): Expr => call(punBData, value);
export const asList = (value: Expr): Expr => call(punListData, value);
export const asPairs = (value: Expr): Expr => call(punMapData, value);
export const integerData = (value: Expr): Expr => call(pIntToData, value);
export const bytesData = (value: Expr): Expr => call(pBSToData, value);
export const listToData = (value: Expr): Expr => call(pListToData, value);

export const sameData = (a: Expr, b: Expr): Expr => call(peqData, a, b);
export const sameInteger = (a: Expr, b: Expr): Expr => call(peqInt, a, b);
export const sameBytes = (a: Expr, b: Expr): Expr => call(peqBs, a, b);

/** Number of a value's constructor. */
export const constructorOf = (value: Expr): Expr =>
	call(pfstPairNoUnwrap(int, listData), call(punConstrData, value));
export const fieldsOf = (value: Expr): Expr =>
	call(psndPairNoUnwrap(int, listData), call(punConstrData, value));

/** Field at a position; the script fails when there is none. */
export const field = (value: Expr, position: number): Expr => {
	let rest = fieldsOf(value);
	for (let index = 0; index < position; index++) rest = tail(rest);
	return head(rest);
};

/** A value that is rebuilt to be compared: no room for another constructor or one field more. */
export const constructorData = (tag: number, ...fields: readonly Expr[]): Expr =>
	call(
		pConstrToData,
		integerOf(tag),
		fields.reduceRight((rest, value) => prepend(value, rest), noData),
	);

/** Binds the fields at the given positions (ascending) in one pass, each evaluated once. */
export const withFields = (
	value: Expr,
	positions: readonly number[],
	output: TermType,
	body: (...fields: Expr[]) => Expr,
): Expr => {
	const last = positions[positions.length - 1] ?? 0;
	const walk = (position: number, rest: Expr, found: readonly Expr[]): Expr => {
		const onwards = (now: readonly Expr[]): Expr =>
			position === last ? body(...now) : bind(tail(rest), output, next => walk(position + 1, next, now));
		return positions.includes(position)
			? bind(head(rest), output, bound => onwards([...found, bound]))
			: onwards(found);
	};
	return bind(fieldsOf(value), output, fields => walk(0, fields, []));
};

/** A named condition. In a traced build a false one leaves its name in the logs. */
export type Check = (name: string, condition: Expr) => Expr;

export const silentCheck: Check = (_name, condition) => condition;
export const tracedCheck: Check = (name, condition) =>
	choose(bool, condition, truth(true), call(ptrace(bool), pStr(name) as unknown as Expr, truth(false)));

/** A Plutus V3 script from a condition on its context. */
export const script = (body: (context: Expr) => Expr): Expr =>
	pfn(
		[data],
		unit,
	)(
		(context: unknown) =>
			choose(unit, body(context as Expr), pmakeUnit() as unknown as Expr, fail(unit)) as never,
	) as unknown as Expr;
