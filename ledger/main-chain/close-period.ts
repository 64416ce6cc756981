import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {Lovelace} from '#kernel/lovelace';
import {BlockNo, type Epoch} from '#kernel/slot';
import type {TickContext} from '../block/block-context.ts';
import type {LedgerEnv, RulesEnv} from '../environment.ts';
import {markSnapshot, markWeights} from '../epoch/snapshots.ts';
import type {LedgerEvent} from '../events.ts';
import {withWeights} from '../pools/cardano-weights.ts';
import type {Draft} from '../state/draft.ts';
import {numberKey} from '../state/keys.ts';
import {single} from '../state/reader.ts';
import {closeSubsidies} from '../subsidies/close-subsidies.ts';
import {addWithdrawal} from './add-withdrawal.ts';
import type {Committee} from './checkpoint.ts';
import {committeeOf} from './committee.ts';
import {payoutOf, payoutRootOf} from './payout-tree.ts';
import {stateRootOf} from './state-root.ts';

/** What the treasury has got leaves the side-chain with this period's payout. */
const payTreasury = ({genesis}: LedgerEnv, draft: Draft): void => {
	const {treasury} = single(draft, 'pots');
	if (treasury === 0n) return;
	draft.setSingle('pots', {...single(draft, 'pots'), treasury: Lovelace(0n)});
	addWithdrawal(draft, genesis.cardano.treasuryClaimId, treasury);
};

/** A chain on which nobody has stake keeps its committee: without one no checkpoint could ever follow. */
const nextCommitteeOf = (draft: Draft, epoch: Epoch): Committee => {
	const next = committeeOf(withWeights(markSnapshot(draft, epoch), markWeights(draft, epoch)));
	return next.length > 0 ? next : single(draft, 'confirmedCheckpoint').committee;
};

/** Fixes what the committee signs: the last block, the state after the boundary, the payouts, who signs next. */
export const closePeriod = (
	env: RulesEnv,
	draft: Draft,
	{prevHash, blockNo, praosRoot, onStateRoot}: TickContext,
	{period, epoch}: {readonly period: number; readonly epoch: Epoch},
): readonly LedgerEvent[] => {
	payTreasury(env, draft);
	const subsidised = closeSubsidies(env.parameters, draft);
	const payout = payoutOf(draft);
	const payoutRoot = payoutRootOf(env.crypto, payout);
	const nextCommittee = nextCommitteeOf(draft, epoch);
	const parts = praosRoot && {praosRoot: praosRoot(), payoutRoot, nextCommittee};
	const stateRoot = parts === null ? EMPTY_ROOT : stateRootOf(env.crypto, draft, parts);
	if (parts !== null) onStateRoot?.(period, parts);
	const blockHash = prevHash ?? env.genesisHash;
	draft.set('pendingCheckpoints', numberKey(period), {
		blockHash,
		blockNo: BlockNo(Math.max(0, blockNo - 1)),
		stateRoot,
		payoutRoot,
		nextCommittee,
	});
	draft.set('payouts', numberKey(period), payout);
	return [...subsidised, {kind: 'period-closed', period, blockHash, stateRoot, payoutRoot}];
};
