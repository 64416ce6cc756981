/** A bug: an invariant of our own does not hold. The node stops; it is never caught to go on. */
export class AssertionError extends Error {
	override readonly name = 'AssertionError';
}

/** A message that is put together goes in as a function: most asserts hold, and some do so a million times a second. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
	if (!condition) throw new AssertionError(typeof message === 'string' ? message : message());
}

/** Unwraps what an invariant says is there. */
export const defined = <T>(value: T | undefined | null, message: string): T => {
	assert(value !== undefined && value !== null, message);
	return value;
};
