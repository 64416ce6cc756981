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
	/** POSIX milliseconds; what was not claimed by then is the treasury's. */
	readonly claimUntilMs: number;
};
