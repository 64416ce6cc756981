import type {HeaderWork, HeaderWorkFailure} from '#consensus/header/header-work';
import type {Result} from '#kernel/result';

/** Does the expensive part of judging headers. What it says of one piece of work depends on that piece alone. */
export type HeaderVerifier = {
	/**
	 * What `verifyHeaderWork` says of each, in the same order. Calls wait for those before them while everything that
	 * can work is busy: whoever awaits the answer before asking again holds no more than one batch in memory.
	 * Rejects with `signal.reason`, or HEADER_VERIFIER_CLOSED.
	 */
	verify(
		work: readonly HeaderWork[],
		options: {readonly signal: AbortSignal},
	): Promise<readonly Result<undefined, HeaderWorkFailure>[]>;
	/** Lets nothing new in; what was begun is rejected. Idempotent. */
	close(): Promise<void>;
};
