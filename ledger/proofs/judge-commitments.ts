import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import type {TickContext} from '../block/block-context.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {isInMaintenance} from '../providers/maintenance.ts';
import type {Draft} from '../state/draft.ts';
import {single} from '../state/reader.ts';
import {dueAgreements} from './due-agreements.ts';
import {punishMiss} from './miss.ts';

/**
 * The commit deadline of an epoch. A provider with due agreements and no commitment has missed already, so that repair
 * can begin at once; unless fewer than k blocks could have taken it.
 */
export const judgeCommitments = (
	env: RulesEnv,
	draft: Draft,
	context: TickContext,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const {commitBlocks: blocks} = single(draft, 'challenge');
	const reason = 'no-commitment';
	const events: LedgerEvent[] = [];
	for (const key of draft.keys('providerAgreements')) {
		const provider = Hash32(fromHex(key));
		if (draft.get('commitments', key) !== undefined) continue;
		if (dueAgreements(draft, provider, epoch).length === 0) continue;
		if (isInMaintenance(draft, provider, epoch)) events.push({kind: 'maintenance-kept', provider, epoch});
		else if (blocks < env.genesis.k) events.push({kind: 'miss-excused', provider, epoch, reason, blocks});
		else events.push(...punishMiss(env, draft, context, {provider, epoch, reason}));
	}
	return events;
};
