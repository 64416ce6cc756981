/** Does `work` for all, at most `width` at a time; results in order. The first failure is thrown, and nothing more is begun. */
export const inTurns = async <T, R>(
	items: readonly T[],
	width: number,
	work: (item: T, index: number) => Promise<R>,
): Promise<R[]> => {
	const results: R[] = [];
	const queue = items.entries();
	let failed = false;
	const lane = async (): Promise<void> => {
		for (const [index, item] of queue) {
			if (failed) return;
			try {
				results[index] = await work(item, index);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	await Promise.all(Array.from({length: Math.min(width, items.length)}, lane));
	return results;
};
