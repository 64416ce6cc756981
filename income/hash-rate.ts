/** What a hash rate brings on average, whatever it happened to bring. */

export type MiningWork = {
	/** Hashes in a second, rounded down. */
	readonly hashRate: bigint;
	/** Hashes that a block takes on average. */
	readonly difficulty: bigint;
	/** Of a block, in piconero. */
	readonly reward: bigint;
};

const DAY_SECONDS = 86_400n;

/** Piconero in a day: the share of all blocks that so many hashes find. undefined for a difficulty of 0. */
export const expectedPerDay = ({hashRate, difficulty, reward}: MiningWork): bigint | undefined =>
	difficulty === 0n ? undefined : (hashRate * DAY_SECONDS * reward) / difficulty;
