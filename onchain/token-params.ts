import type {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';

/** What the governance token's script is compiled for. */
export type TokenParams = {
	/** The tokens are minted by the transaction that spends this output, so never again. */
	readonly seed: McOutRef;
	/** Of the allocation list: so the policy itself says who gets what. */
	readonly allocationRoot: Hash32;
	/** The list's sum, in millionths of a token. */
	readonly allocated: bigint;
	/** POSIX milliseconds. Afterwards anybody may make what is still unclaimed the treasury's, and claims end with it. */
	readonly claimUntilMs: number;
};

const DAY_MS = 86_400_000;

/**
 * How long after the start of a side-chain its tokens can surely be claimed. 24 months of the calendar never have more days
 * than the default: whoever counts in months is not late.
 */
export const CLAIM_TIME_MS: Readonly<Record<'least' | 'usual' | 'most', number>> = {
	least: 180 * DAY_MS,
	usual: 731 * DAY_MS,
	most: 3_660 * DAY_MS,
};
