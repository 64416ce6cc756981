/** What happens between blocks, in the order of slots: several boundaries may be crossed at once. */
import {assert} from '#kernel/assert';
import {Epoch, Slot} from '#kernel/slot';
import {challengeSeed} from '#storage-proofs/challenge';
import {proofTimetable} from '#storage-proofs/window';
import type {TickContext} from '../block/block-context.ts';
import {epochOf, type LedgerEnv, type RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {followEvents} from '../follow-events.ts';
import {rulesAt} from '../governance/rules-at.ts';
import {judgeCommitments} from '../proofs/judge-commitments.ts';
import {settleEpoch} from '../proofs/settle-epoch.ts';
import {judgeDemands, settleDemanded} from '../service/judge-demands.ts';
import type {Draft} from '../state/draft.ts';
import {single} from '../state/reader.ts';
import {startEpoch} from './start-epoch.ts';

type Happening = {
	readonly slot: Slot;
	readonly happen: (env: RulesEnv, draft: Draft, context: TickContext) => readonly LedgerEvent[];
};

/** The seed of an epoch is fixed: no block can change it any more. */
const drawChallenge = ({crypto, genesisHash}: LedgerEnv, draft: Draft, epoch: Epoch): LedgerEvent => {
	const challenge = single(draft, 'challenge');
	const seed = challengeSeed(crypto, {genesisHash, epoch, fold: challenge.fold});
	draft.setSingle('challenge', {...challenge, seed});
	return {kind: 'challenge-drawn', epoch, seed};
};

/** What is due in an epoch, in order. */
const happeningsOf = ({genesis}: LedgerEnv, epoch: Epoch): readonly Happening[] => {
	const {commitUntil, seedUntil, settleAt} = proofTimetable(genesis, epoch);
	return [
		{
			slot: Slot(epoch * genesis.epochLength),
			happen: (env, draft, context) => startEpoch(env, draft, context, epoch),
		},
		{
			slot: commitUntil,
			happen: (env, draft, context) => judgeCommitments(env, draft, context, epoch),
		},
		{slot: seedUntil, happen: (env, draft) => [drawChallenge(env, draft, epoch)]},
		{slot: settleAt, happen: (env, draft, context) => settleEpoch(env, draft, context, epoch)},
	];
};

/** Brings a draft to the slot of a block: everything due after the last block's slot, up to this one's. */
export const tickLedger = (env: LedgerEnv, draft: Draft, context: TickContext): readonly LedgerEvent[] => {
	const chain = single(draft, 'chain');
	assert(context.slot >= chain.slot, 'a block does not come before its parent');
	const events: LedgerEvent[] = [];
	const last = epochOf(env.genesis, context.slot);
	for (let epoch = epochOf(env.genesis, chain.slot); epoch <= last; epoch = Epoch(epoch + 1))
		for (const {slot, happen} of happeningsOf(env, epoch)) {
			if (slot <= chain.slot || slot > context.slot) continue;
			const happened = happen(rulesAt(env, draft), draft, context);
			followEvents(draft, context, happened);
			events.push(...happened);
		}
	for (const step of [settleDemanded, judgeDemands]) {
		const happened = step(rulesAt(env, draft), draft, context);
		followEvents(draft, context, happened);
		events.push(...happened);
	}
	draft.setSingle('chain', {...single(draft, 'chain'), slot: context.slot});
	return events;
};
