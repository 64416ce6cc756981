import {err, type Result} from '#kernel/result';
import {isSlotLeader} from '../../leader/slot-leader.ts';
import type {LeaderPool} from '../../ledger-view.ts';
import type {ConsensusParams} from '../../params.ts';
import type {TPraosHeader} from '../tpraos-header.ts';
import {accepted} from './accepted.ts';
import type {LeaderFailure} from './check-leader.ts';

/** The pool's stake suffices for the raw leader output: a number below 2^512, not hashed as in Praos. */
export const checkTPraosLeader = (
	{f}: Pick<ConsensusParams, 'f'>,
	{stake}: Pick<LeaderPool, 'stake'>,
	{leaderVrf}: Pick<TPraosHeader, 'leaderVrf'>,
): Result<undefined, LeaderFailure> =>
	isSlotLeader(f, stake, leaderVrf.output) ? accepted : err({code: 'HEADER_NOT_SLOT_LEADER', stake});
