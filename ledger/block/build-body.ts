/** A forger's body: as many of the candidates as fit, in their order. */
import type {TxId} from '#kernel/hash';
import {ok, type Result} from '#kernel/result';
import type {LedgerEnv} from '../environment.ts';
import {tickLedger} from '../epoch/tick.ts';
import {checkVersion} from '../governance/check-version.ts';
import {BODY_BYTES_MAX} from '../limits.ts';
import {applyMainChain} from '../main-chain/apply-main-chain.ts';
import {type Draft, openDraft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerState} from '../state/state.ts';
import {isFeeFree} from '../tx/action.ts';
import {applyTransaction} from '../tx/apply-transaction.ts';
import type {Transaction} from '../tx/transaction.ts';
import type {TxError} from '../tx/tx-error.ts';
import {type BodySegments, encodeBody, type MainChainSegment} from './block-body.ts';
import type {TickContext} from './block-context.ts';
import type {MainChainError, VersionError} from './block-error.ts';

export type BodyLimits = {
	/** All four segments. */
	readonly bodyBytesMax: number;
	/** Of these, kept for transactions that are free of charge as long as any of them may come. */
	readonly reservedBytes: number;
};

/** A quarter for commitments, proofs and checkpoint signatures: the public network's proofs need half of that. */
export const DEFAULT_BODY_LIMITS: BodyLimits = {
	bodyBytesMax: BODY_BYTES_MAX,
	reservedBytes: BODY_BYTES_MAX / 4,
};

export type Candidates = {
	/** In the order of the mempool. */
	readonly transactions: readonly Transaction[];
	readonly mainChain: MainChainSegment;
};

export type BuiltBody = {
	readonly segments: BodySegments;
	/** In the order of the block. */
	readonly included: readonly TxId[];
	/** They cannot be in this block at all; what merely did not fit is in neither list. */
	readonly rejected: readonly {readonly txId: TxId; readonly error: TxError}[];
};

/** A draft of a state that has come to a slot; for the mempool as well. */
export const openBlockDraft = (env: LedgerEnv, state: LedgerState, context: TickContext): Draft => {
	const draft = openDraft(state);
	tickLedger(env, draft, context);
	return draft;
};

/** The heads of the lists of segments 1, 2 and 4. */
const LIST_HEADS = 9;

type Filling = {
	readonly included: Transaction[];
	readonly rejected: {readonly txId: TxId; readonly error: TxError}[];
	used: number;
};

/** Tries candidates in order; returns those that did not fit. Later ones of the same sender wait with an earlier one. */
const fill = (
	env: LedgerEnv,
	draft: Draft,
	context: TickContext,
	filling: Filling,
	candidates: readonly Transaction[],
	limitOf: (transaction: Transaction) => number,
): readonly Transaction[] => {
	const waiting: Transaction[] = [];
	const sendersWaiting = new Set<string>();
	for (const transaction of candidates) {
		const {id: txId, body, size} = transaction;
		const sender = body.sender && keyOf(body.sender);
		const waits = sender !== null && sendersWaiting.has(sender);
		if (waits || filling.used + size > limitOf(transaction)) {
			waiting.push(transaction);
			if (sender !== null) sendersWaiting.add(sender);
			continue;
		}
		const fork = draft.fork();
		const applied = applyTransaction(env, fork, context, transaction);
		if (!applied.ok) {
			filling.rejected.push({txId, error: applied.error});
			continue;
		}
		draft.absorb(fork);
		filling.included.push(transaction);
		filling.used += size;
	}
	return waiting;
};

/**
 * Greedy: in the order of the mempool, with space kept for what is free of charge; what is left of that space is then
 * filled with the rest. Fails only when segment 3 does not follow from the state, or the rules are too new.
 */
export const buildBody = (
	env: LedgerEnv,
	state: LedgerState,
	context: TickContext,
	{transactions, mainChain}: Candidates,
	{bodyBytesMax, reservedBytes}: BodyLimits = DEFAULT_BODY_LIMITS,
): Result<BuiltBody, MainChainError | VersionError> => {
	const draft = openBlockDraft(env, state, context);
	const known = checkVersion(env, draft);
	if (!known.ok) return known;
	const reported = applyMainChain(env, draft, mainChain);
	if (!reported.ok) return reported;
	const used = LIST_HEADS + encodeBody({transactions: [], mainChain})[2].length;
	const filling: Filling = {included: [], rejected: [], used};
	const kept = bodyBytesMax - reservedBytes;
	const waiting = fill(env, draft, context, filling, transactions, ({body}) =>
		isFeeFree(body.action.kind) ? bodyBytesMax : kept,
	);
	fill(env, draft, context, filling, waiting, () => bodyBytesMax);
	const {included, rejected} = filling;
	return ok({
		segments: encodeBody({transactions: included, mainChain}),
		included: included.map(({id}) => id),
		rejected,
	});
};
