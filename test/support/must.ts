import type {Result} from '#kernel/result';

/** What a result holds; what failed is thrown. */
export const must = <T>(result: Result<T>): T => {
	if (!result.ok) throw new TypeError(JSON.stringify(result.error, (_, value) => String(value)));
	return result.value;
};
