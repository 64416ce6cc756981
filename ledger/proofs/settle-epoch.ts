import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {SEED_FOLD_START} from '#storage-proofs/challenge';
import {judgePayers, settleBefore, shortPayers} from '../agreements/judge-payers.ts';
import {settleOld} from '../agreements/settle-old.ts';
import type {TickContext} from '../block/block-context.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {withProvenEpoch} from '../providers/proven-epochs.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {single} from '../state/reader.ts';
import {punishMiss} from './miss.ts';

const markProven = (draft: Draft, id: Hash32, epoch: Epoch): void => {
	const key = keyOf(id);
	const row = draft.get('providers', key);
	if (row !== undefined)
		draft.set('providers', key, {
			...row,
			...withProvenEpoch(row, epoch),
			provenEpochs: row.provenEpochs + 1,
		});
};

/** Who has proven has earned the epoch; who has committed and not proven has missed. */
const judgeProofs = (
	env: RulesEnv,
	draft: Draft,
	context: TickContext,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const {proofBlocks: blocks} = single(draft, 'challenge');
	const reason = 'no-proof';
	const events: LedgerEvent[] = [];
	for (const key of draft.keys('commitments')) {
		const provider = Hash32(fromHex(key));
		const commitment = defined(draft.get('commitments', key), 'a listed commitment exists');
		draft.delete('commitments', key);
		if (commitment.proven) markProven(draft, provider, epoch);
		else if (blocks < env.genesis.k) events.push({kind: 'miss-excused', provider, epoch, reason, blocks});
		else events.push(...punishMiss(env, draft, context, {provider, epoch, reason}));
	}
	return events;
};

/**
 * The end of an epoch's proof window: O(providers + payers). Agreements are looked at when the money of a payer runs out, or
 * when nobody has asked for their settlement for too long.
 */
export const settleEpoch = (
	env: RulesEnv,
	draft: Draft,
	context: TickContext,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const {parameters} = env;
	const judged = judgeProofs(env, draft, context, epoch);
	const short = shortPayers(parameters, draft, epoch);
	const before = settleBefore(parameters, draft, short);
	draft.setSingle('challenge', {
		fold: SEED_FOLD_START,
		seed: null,
		commitBlocks: 0,
		proofBlocks: 0,
		judgedUntil: Epoch(epoch + 1),
	});
	return [
		...judged,
		...before,
		...judgePayers(parameters, draft, short, epoch),
		...settleOld(parameters, draft),
	];
};
