/** What the committee is asked of stake on Cardano. Nothing here decides. */
import {compareBytes, fromHex} from '#kernel/bytes';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {keyOf} from '../state/keys.ts';
import {type LedgerReader, rowsOf} from '../state/reader.ts';
import {SINGLE} from '../state/singles.ts';
import {type LedgerState, readerOf} from '../state/state.ts';
import type {StakeQuestion, StakeVote} from './cardano-stake.ts';

/** Ids of the Cardano pools that are bound, by the pool of ours. */
export const boundPools = (reader: LedgerReader): ReadonlyMap<string, readonly Hash28[]> => {
	const bound = new Map<string, Hash28[]>();
	for (const [key, {pool}] of rowsOf(reader, 'cardanoPools')) {
		if (pool === null) continue;
		const own = bound.get(keyOf(pool)) ?? [];
		own.push(Hash28(fromHex(key)));
		bound.set(keyOf(pool), own);
	}
	return bound;
};

/** What the committee told when it was asked in that epoch. */
export type ToldStake = {readonly stake: Lovelace; readonly epoch: Epoch};

/** Of these Cardano pools together; null when there are none, or nobody has told yet. */
export const toldStakeOf = (reader: LedgerReader, cardanoPools: readonly Hash28[]): ToldStake | null => {
	const attested = reader.get('attestedStake', SINGLE);
	if (attested === undefined || cardanoPools.length === 0) return null;
	const asked = new Set(cardanoPools.map(pool => keyOf(pool)));
	const told = attested.stakes.filter(({cardanoPool}) => asked.has(keyOf(cardanoPool)));
	return {stake: Lovelace(told.reduce((sum, {stake}) => sum + stake, 0n)), epoch: attested.epoch};
};

export type StakeQuestionView = StakeQuestion & {
	/** Cardano pools that have bound themselves, by id. */
	readonly cardanoPools: readonly Hash28[];
	/** What members have answered. */
	readonly votes: readonly (StakeVote & {readonly memberVk: Uint8Array})[];
	/** Whether a list of that hash has been brought. */
	readonly isKnown: (answer: Hash32) => boolean;
};

/** What the committee is asked of stake on Cardano. */
export const stakeQuestionOf = (state: LedgerState): StakeQuestionView | undefined => {
	const reader = readerOf(state);
	const question = reader.get('stakeQuestion', SINGLE);
	return (
		question && {
			...question,
			cardanoPools: [...boundPools(reader).values()].flat().sort(compareBytes),
			votes: [...rowsOf(reader, 'stakeVotes')].map(([key, vote]) => ({...vote, memberVk: fromHex(key)})),
			isKnown: answer => reader.get('stakeAnswers', keyOf(answer)) !== undefined,
		}
	);
};
