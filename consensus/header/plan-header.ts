import type {Hasher} from '#crypto/crypto';
import type {Tip} from '#kernel/point';
import {err, ok, type Result} from '#kernel/result';
import type {ThresholdCache} from '../leader/threshold-cache.ts';
import {vrfInput} from '../leader/vrf-values.ts';
import type {LedgerView} from '../ledger-view.ts';
import type {ConsensusParams} from '../params.ts';
import {type PraosState, tickPraos, updatePraos} from '../praos-state.ts';
import {epochOf} from '../time.ts';
import type {Header} from './header.ts';
import type {HeaderError} from './header-error.ts';
import type {HeaderWork, HeaderWorkFailure, VrfWork} from './header-work.ts';
import type {Checkpoints} from './rules/check-checkpoint.ts';
import {checkCounter} from './rules/check-counter.ts';
import {checkKesPeriod, kesEvolution} from './rules/check-kes-period.ts';
import {checkLeader} from './rules/check-leader.ts';
import {checkPool} from './rules/check-pool.ts';
import {checkVrfKey} from './rules/check-vrf-key.ts';
import {validateEnvelope} from './validate-envelope.ts';

export type PlanContext = {
	readonly crypto: Hasher;
	readonly params: ConsensusParams;
	/** The view for the header's epoch; undefined when the snapshot it needs is not known yet. */
	readonly ledgerView: LedgerView | undefined;
	/** The state after `parent`, which may itself be planned only. */
	readonly state: PraosState;
	readonly parent: Tip;
	readonly checkpoints?: Checkpoints;
	/** Keeps thresholds from one header to the next; without it the exact arithmetic runs for each. */
	readonly thresholds?: ThresholdCache;
};

/**
 * What can be said of a header at once. `work` is what the specification checks before `failure`, or all of it when
 * there is none; `next` is the state after the header if its work holds, so that its child can be planned meanwhile.
 */
export type HeaderPlan =
	| {readonly next: PraosState; readonly work: HeaderWork; readonly failure: undefined}
	| {readonly next: undefined; readonly work: HeaderWork | undefined; readonly failure: HeaderError};

const refuse = (failure: HeaderError, work?: HeaderWork): HeaderPlan => ({next: undefined, work, failure});

/** Every check but signatures and proof, in the order of the specification. Costs a few hashes. */
export const planHeader = (context: PlanContext, header: Header): HeaderPlan => {
	const {crypto, params, ledgerView} = context;
	const envelope = validateEnvelope(context, header);
	if (!envelope.ok) return refuse(envelope.error);
	if (ledgerView === undefined)
		return refuse({code: 'LEDGER_VIEW_UNAVAILABLE', epoch: epochOf(params, header.slot)});
	const period = checkKesPeriod(params, header);
	if (!period.ok) return refuse(period.error);
	const workWith = (vrf: VrfWork | undefined): HeaderWork => ({
		issuerVk: header.issuerVk,
		operationalCertificate: header.operationalCertificate,
		bodyBytes: header.bodyBytes,
		kesSignature: header.kesSignature,
		kesEvolution: Number(kesEvolution(params, header)),
		vrf,
	});
	const state = tickPraos(crypto, params, context.state, header.slot);
	const poolId = crypto.blake2b224(header.issuerVk);
	const counter = checkCounter(state, ledgerView, poolId, header);
	if (!counter.ok) return refuse(counter.error, workWith(undefined));
	const pool = checkPool(ledgerView, poolId);
	if (!pool.ok) return refuse(pool.error, workWith(undefined));
	const key = checkVrfKey(crypto, pool.value, header);
	if (!key.ok) return refuse(key.error, workWith(undefined));
	const {vrfVk, vrfProof, vrfOutput} = header;
	const alpha = vrfInput(crypto, header.slot, state.epochNonce);
	const work = workWith({vrfVk, vrfProof, vrfOutput, alpha});
	const leader = checkLeader(crypto, params, pool.value, header, context.thresholds);
	if (!leader.ok) return refuse(leader.error, work);
	return {next: updatePraos(crypto, params, state, header, poolId), work, failure: undefined};
};

/** The verdict on a header, once its work is done: what the specification finds first, or the state after it. */
export const settleHeader = (
	plan: HeaderPlan,
	done: Result<undefined, HeaderWorkFailure>,
): Result<PraosState, HeaderError> => {
	if (plan.work !== undefined && !done.ok) return done;
	return plan.failure === undefined ? ok(plan.next) : err(plan.failure);
};
