/** Reading JSON that programs of others answer. */

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number that a double holds exactly; what is larger came out of JSON wrong and is none. */
export const wholeOf = (value: unknown): bigint | undefined =>
	Number.isSafeInteger(value) && (value as number) >= 0 ? BigInt(value as number) : undefined;
