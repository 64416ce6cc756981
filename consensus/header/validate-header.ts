import type {Crypto} from '#crypto/crypto';
import type {Result} from '#kernel/result';
import type {CertificateCache} from '../opcert/certificate-cache.ts';
import type {PraosState} from '../praos-state.ts';
import type {Header} from './header.ts';
import type {HeaderError} from './header-error.ts';
import {verifyHeaderWork} from './header-work.ts';
import {type PlanContext, planHeader, settleHeader} from './plan-header.ts';
import {accepted} from './rules/accepted.ts';

export type HeaderContext = PlanContext & {
	readonly crypto: Crypto;
	/** Keeps certificates that held; without it each header's is verified. */
	readonly certificates?: CertificateCache;
};

/**
 * Every check that a header can be given without its body; the state after it, or the first thing that is wrong.
 * Order: envelope, KES and operational certificate, counter, leadership. Slots ahead of the clock are the caller's.
 */
export const validateHeader = (context: HeaderContext, header: Header): Result<PraosState, HeaderError> => {
	const plan = planHeader(context, header);
	const {work} = plan;
	return settleHeader(plan, work ? verifyHeaderWork(context.crypto, work, context.certificates) : accepted);
};
