import {
	padd,
	pappendBs,
	pblake2b_256,
	pdecodeIntBE,
	pdiv,
	pencodeIntBE,
	plengthBs,
	plessEqInt,
	plessInt,
	pmod,
	pmult,
	psliceBs,
	psub,
	pverifyEd25519,
} from '@harmoniclabs/plu-ts';
import {call, type Expr, integerOf} from './core.ts';

export const add = (a: Expr, b: Expr): Expr => call(padd, a, b);
export const subtract = (a: Expr, b: Expr): Expr => call(psub, a, b);
export const multiply = (a: Expr, b: Expr): Expr => call(pmult, a, b);
/** Rounds towards minus infinity. */
export const divide = (a: Expr, b: Expr): Expr => call(pdiv, a, b);
export const modulo = (a: Expr, b: Expr): Expr => call(pmod, a, b);
export const isLess = (a: Expr, b: Expr): Expr => call(plessInt, a, b);
export const isAtMost = (a: Expr, b: Expr): Expr => call(plessEqInt, a, b);

export const join = (...parts: readonly Expr[]): Expr =>
	parts.reduceRight((rest, part) => call(pappendBs, part, rest));
export const lengthOf = (bytes: Expr): Expr => call(plengthBs, bytes);
export const slice = (bytes: Expr, at: Expr, length: number): Expr =>
	call(psliceBs, at, integerOf(length), bytes);
export const hash256 = (bytes: Expr): Expr => call(pblake2b_256, bytes);
export const verifies = (key: Expr, message: Expr, signature: Expr): Expr =>
	call(pverifyEd25519, key, message, signature);
/** Fails unless the value fits in `length` bytes. */
export const bigEndian = (value: Expr, length: number): Expr => call(pencodeIntBE, integerOf(length), value);
export const integerFrom = (bytes: Expr): Expr => call(pdecodeIntBE, bytes);
