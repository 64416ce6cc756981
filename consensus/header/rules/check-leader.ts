import type {Hasher} from '#crypto/crypto';
import type {Ratio} from '#kernel/ratio';
import {err, type Result} from '#kernel/result';
import {isBelowThreshold} from '../../leader/leader-threshold.ts';
import {isSlotLeader} from '../../leader/slot-leader.ts';
import type {ThresholdCache} from '../../leader/threshold-cache.ts';
import {leaderValue} from '../../leader/vrf-values.ts';
import type {LeaderPool} from '../../ledger-view.ts';
import type {ConsensusParams} from '../../params.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type LeaderFailure = {readonly code: 'HEADER_NOT_SLOT_LEADER'; readonly stake: Ratio};

/** The pool's stake suffices for its leader value. Without a cache the exact arithmetic runs each time. */
export const checkLeader = (
	hasher: Hasher,
	{f}: Pick<ConsensusParams, 'f'>,
	{stake}: Pick<LeaderPool, 'stake'>,
	{vrfOutput}: Pick<WireHeader, 'vrfOutput'>,
	thresholds?: ThresholdCache,
): Result<undefined, LeaderFailure> => {
	const value = leaderValue(hasher, vrfOutput);
	const leads = thresholds
		? isBelowThreshold(value, thresholds.threshold(stake, f))
		: isSlotLeader(f, stake, value);
	return leads ? accepted : err({code: 'HEADER_NOT_SLOT_LEADER', stake});
};
