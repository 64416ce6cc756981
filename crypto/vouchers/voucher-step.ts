/**
 * How much may be owed. A downloader pays when bytes have come, a seeder sends no more than one step ahead of what is
 * paid: so the payer never pays for what it has not got, and the payee never loses more than a step. Steps begin small,
 * because a stranger may never pay, and grow with what was paid on the channel, so that fast lines do not wait.
 */

/** The first step. */
export const STEP_BYTES_MIN: number = 256 * 1024;
/** No step is longer. */
export const STEP_BYTES_MAX: number = 4 * 1024 * 1024;

const GIB = 2n ** 30n;

/** The step that follows `paidBytes`: each is half as long again as the one before. */
export const stepAfter = (paidBytes: number): number => {
	let step = STEP_BYTES_MIN;
	for (let end = step; end <= paidBytes && step < STEP_BYTES_MAX; end += step)
		step = Math.min(STEP_BYTES_MAX, Math.floor((step * 3) / 2));
	return step;
};

/** All that may have been sent, counted from the beginning, when `paidBytes` of it are paid. */
export const creditBytes = (paidBytes: number): number => paidBytes + stepAfter(paidBytes);

/** What so many bytes cost, in lovelace, rounded up. `price` is per GiB. */
export const costOf = (bytes: number, price: bigint): bigint => (BigInt(bytes) * price + GIB - 1n) / GIB;

/** The most bytes that cost no more than `amount`; what costs nothing has no end. */
export const bytesFor = (amount: bigint, price: bigint): number => {
	if (amount < 0n) return 0;
	if (price === 0n) return Number.MAX_SAFE_INTEGER;
	const bytes = (amount * GIB) / price;
	return bytes < BigInt(Number.MAX_SAFE_INTEGER) ? Number(bytes) : Number.MAX_SAFE_INTEGER;
};
