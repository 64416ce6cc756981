import type {Crypto} from '#crypto/crypto';
import type {Tip} from '#kernel/point';
import {err, ok, type Result} from '#kernel/result';
import type {ThresholdCache} from '../leader/threshold-cache.ts';
import type {LedgerView} from '../ledger-view.ts';
import type {CertificateCache} from '../opcert/certificate-cache.ts';
import type {ConsensusParams} from '../params.ts';
import {type PraosState, tickPraos, updatePraos} from '../praos-state.ts';
import {epochOf} from '../time.ts';
import type {Header} from './header.ts';
import type {HeaderError} from './header-error.ts';
import type {Checkpoints} from './rules/check-checkpoint.ts';
import {checkCounter} from './rules/check-counter.ts';
import {validateCertificate} from './validate-certificate.ts';
import {validateEnvelope} from './validate-envelope.ts';
import {validateLeadership} from './validate-leadership.ts';

export type HeaderContext = {
	readonly crypto: Crypto;
	readonly params: ConsensusParams;
	/** The view for the header's epoch; undefined when the snapshot it needs is not known yet. */
	readonly ledgerView: LedgerView | undefined;
	/** The state after `parent`. */
	readonly state: PraosState;
	readonly parent: Tip;
	readonly checkpoints?: Checkpoints;
	/** Keeps thresholds from one header to the next; without it the exact arithmetic runs for each. */
	readonly thresholds?: ThresholdCache;
	/** Keeps certificates that held; without it each header's is verified. */
	readonly certificates?: CertificateCache;
};

/**
 * Every check that a header can be given without its body; the state after it, or the first thing that is wrong.
 * Order: envelope, KES and operational certificate, counter, leadership. Slots ahead of the clock are the caller's.
 */
export const validateHeader = (context: HeaderContext, header: Header): Result<PraosState, HeaderError> => {
	const {crypto, params, ledgerView} = context;
	const envelope = validateEnvelope(context, header);
	if (!envelope.ok) return envelope;
	if (ledgerView === undefined)
		return err({code: 'LEDGER_VIEW_UNAVAILABLE', epoch: epochOf(params, header.slot)});
	const certificate = validateCertificate(context, header);
	if (!certificate.ok) return certificate;
	const state = tickPraos(crypto, params, context.state, header.slot);
	const poolId = crypto.blake2b224(header.issuerVk);
	const counter = checkCounter(state, ledgerView, poolId, header);
	if (!counter.ok) return counter;
	const leadership = validateLeadership(
		{...context, ledgerView, epochNonce: state.epochNonce},
		header,
		poolId,
	);
	return leadership.ok ? ok(updatePraos(crypto, params, state, header, poolId)) : leadership;
};
