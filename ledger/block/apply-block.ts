import {err, ok, type Result} from '#kernel/result';
import {foldSeed} from '#storage-proofs/challenge';
import {epochOfCommitSlot, epochOfProofSlot, epochOfSeedSlot} from '#storage-proofs/window';
import type {LedgerEnv} from '../environment.ts';
import {tickLedger} from '../epoch/tick.ts';
import type {LedgerEvent} from '../events.ts';
import {checkVersion} from '../governance/check-version.ts';
import {applyMainChain} from '../main-chain/apply-main-chain.ts';
import type {LedgerDiff} from '../state/diff.ts';
import {type Draft, openDraft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {single} from '../state/reader.ts';
import type {LedgerState} from '../state/state.ts';
import {applyTransaction} from '../tx/apply-transaction.ts';
import type {Transaction} from '../tx/transaction.ts';
import {type BlockBody, type BodySegments, decodeBody} from './block-body.ts';
import type {BlockContext} from './block-context.ts';
import type {BlockError} from './block-error.ts';

export type AppliedBlock = {
	readonly diff: LedgerDiff;
	readonly events: readonly LedgerEvent[];
	readonly transactions: readonly Transaction[];
};

/** The block counts: for its pool's reward, for the windows it is in, for the challenge. */
const countBlock = (env: LedgerEnv, draft: Draft, {slot, issuer, eta}: BlockContext): void => {
	const key = keyOf(issuer);
	draft.set('blocksMade', key, (draft.get('blocksMade', key) ?? 0) + 1);
	const challenge = single(draft, 'challenge');
	const {fold, commitBlocks, proofBlocks} = challenge;
	const isIn = (epochOfWindow: typeof epochOfSeedSlot): boolean =>
		epochOfWindow(env.genesis, slot) !== undefined;
	draft.setSingle('challenge', {
		...challenge,
		fold: isIn(epochOfSeedSlot) ? foldSeed(env.crypto, fold, eta) : fold,
		commitBlocks: commitBlocks + (isIn(epochOfCommitSlot) ? 1 : 0),
		proofBlocks: proofBlocks + (isIn(epochOfProofSlot) ? 1 : 0),
	});
};

const applyBody = (
	env: LedgerEnv,
	draft: Draft,
	context: BlockContext,
	{transactions, mainChain}: BlockBody,
): Result<readonly LedgerEvent[], BlockError> => {
	const events = [...tickLedger(env, draft, context)];
	const known = checkVersion(env, draft);
	if (!known.ok) return known;
	const reported = applyMainChain(env, draft, mainChain);
	if (!reported.ok) return reported;
	events.push(...reported.value);
	for (const [index, transaction] of transactions.entries()) {
		const applied = applyTransaction(env, draft, context, transaction);
		if (!applied.ok)
			return err({
				code: 'BLOCK_TRANSACTION_INVALID',
				index,
				txId: transaction.id,
				error: applied.error,
			});
		events.push(...applied.value);
	}
	countBlock(env, draft, context);
	return ok(events);
};

/**
 * What a block does to the state: first what is due up to its slot, then segment 3, then its transactions in order.
 * The header was judged by consensus; `context` comes from it.
 */
export const applyBlock = (
	env: LedgerEnv,
	state: LedgerState,
	context: BlockContext,
	segments: BodySegments,
): Result<AppliedBlock, BlockError> => {
	const body = decodeBody(env, segments);
	if (!body.ok) return body;
	const draft = openDraft(state);
	const events = applyBody(env, draft, context, body.value);
	return events.ok
		? ok({diff: draft.diff(), events: events.value, transactions: body.value.transactions})
		: events;
};
