/** A bug: an invariant of our own does not hold. The node stops; it is never caught to go on. */
export class AssertionError extends Error {
	override readonly name = 'AssertionError';
}

export function assert(condition: boolean, message: string): asserts condition {
	if (!condition) throw new AssertionError(message);
}

/** Unwraps what an invariant says is there. */
export const defined = <T>(value: T | undefined | null, message: string): T => {
	assert(value !== undefined && value !== null, message);
	return value;
};
