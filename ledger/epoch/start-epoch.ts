import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {type Epoch, Slot} from '#kernel/slot';
import {endRevocations} from '../access/access-epoch.ts';
import type {Agreement} from '../agreements/agreement.ts';
import {closeAgreement, removeAgreement} from '../agreements/change-agreement.ts';
import {renewAgreements} from '../agreements/renewal.ts';
import type {TickContext} from '../block/block-context.ts';
import {endChannels} from '../channels/end-channels.ts';
import {disputedAgreements, judgeOmissions} from '../disputes/judge-omissions.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {enterEnactments} from '../governance/enter-enactments.ts';
import {closePeriod} from '../main-chain/close-period.ts';
import {cardanoWeightsOf} from '../pools/cardano-weights.ts';
import {takeSnapshot} from '../pools/take-snapshot.ts';
import {epochOfForestRoot} from '../proofs/forest-root.ts';
import {releaseBonds} from '../providers/release-bond.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf, numberKey} from '../state/keys.ts';
import {rowsOf} from '../state/reader.ts';
import {askCardanoStake} from './ask-cardano-stake.ts';
import {payRewards} from './pay-rewards.ts';

/** mark = now; set and go are the ones taken one and two epochs ago. */
const rotateSnapshots = ({cardanoStakeWeight}: LedgerParameters, draft: Draft, epoch: Epoch): void => {
	const snapshot = takeSnapshot(draft);
	draft.set('snapshots', numberKey(epoch), snapshot);
	const weights = cardanoWeightsOf(draft, epoch, snapshot, cardanoStakeWeight);
	if (weights.length > 0) draft.set('cardanoWeights', numberKey(epoch), weights);
	if (epoch < 3) return;
	const gone = numberKey(epoch - 3);
	draft.delete('snapshots', gone);
	if (draft.get('cardanoWeights', gone) !== undefined) draft.delete('cardanoWeights', gone);
};

/** Pools whose time has come go, and nobody delegates to them any more. O(accounts) when one does. */
const retirePools = (draft: Draft, epoch: Epoch): readonly LedgerEvent[] => {
	const gone = new Set<string>();
	for (const [key, {retiresAt}] of rowsOf(draft, 'pools'))
		if (retiresAt !== null && retiresAt <= epoch) gone.add(key);
	if (gone.size === 0) return [];
	for (const key of gone) draft.delete('pools', key);
	for (const [key, account] of rowsOf(draft, 'accounts'))
		if (account.pool !== null && gone.has(keyOf(account.pool)))
			draft.set('accounts', key, {...account, pool: null});
	return [...gone].map(key => ({kind: 'pool-retired', pool: Hash28(fromHex(key))}));
};

/** A vacated agreement that was to go on by itself waits so much longer for a repairer. */
const lastEpochOf = ({lockEpochs}: LedgerParameters, {endEpoch, vacancy, standing}: Agreement): number =>
	vacancy === null || standing === null
		? endEpoch
		: Math.max(endEpoch, Math.min(standing.until, vacancy.epoch + lockEpochs));

const isOver = (parameters: LedgerParameters, agreement: Agreement, epoch: Epoch): boolean =>
	agreement.closedIn === null ? lastEpochOf(parameters, agreement) <= epoch : agreement.closedIn + 2 <= epoch;

/**
 * Agreements whose last epoch has passed end; of vacated ones the unearned bounty goes to the treasury. O(agreements), of
 * which only those that end are sorted.
 */
const endAgreements = ({parameters}: RulesEnv, draft: Draft, epoch: Epoch): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	const disputed = disputedAgreements(draft);
	const ends = (agreement: Agreement, key: string): boolean =>
		isOver(parameters, agreement, epoch) && !disputed.has(key);
	for (const key of draft.select('agreements', ends)) {
		const agreement = defined(draft.get('agreements', key), 'a selected agreement exists');
		const {vacancy, closedIn} = agreement;
		const id = Hash32(fromHex(key));
		events.push(
			...(vacancy === null && closedIn === null
				? closeAgreement(parameters, draft, id, 'ended')
				: removeAgreement(draft, id, agreement)),
		);
	}
	return events;
};

/** Roots are forgotten when nobody can claim anything with them any more. */
const forgetRoots = ({parameters: {lockEpochs}}: RulesEnv, draft: Draft, epoch: Epoch): void => {
	const isOld = (_: unknown, key: string): boolean => epochOfForestRoot(key) + lockEpochs < epoch;
	for (const key of draft.select('forestRoots', isOld)) draft.delete('forestRoots', key);
};

/** The boundary to an epoch: snapshots, rewards for the one that ended, retirements, endings, and perhaps a period's end. */
export const startEpoch = (
	env: RulesEnv,
	draft: Draft,
	context: TickContext,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	rotateSnapshots(env.parameters, draft, epoch);
	askCardanoStake(draft, epoch);
	const boundary = Slot(epoch * env.genesis.epochLength);
	endRevocations(draft, boundary);
	forgetRoots(env, draft, epoch);
	const events: LedgerEvent[] = [
		{kind: 'epoch-started', epoch},
		...payRewards(env, draft, epoch),
		...retirePools(draft, epoch),
		...judgeOmissions(env, draft, context, {epoch, boundary}),
		...renewAgreements(env.parameters, draft, epoch),
		...endAgreements(env, draft, epoch),
		...releaseBonds(env, draft, epoch),
		...endChannels(draft, boundary),
	];
	const {checkpointEvery} = env.genesis;
	if (epoch % checkpointEvery === 0)
		events.push(...closePeriod(env, draft, context, {period: epoch / checkpointEvery, epoch}));
	events.push(...enterEnactments(env, draft, epoch));
	return events;
};
