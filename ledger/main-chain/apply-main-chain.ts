/** Segment 3: what Cardano reported. Its equality with Cardano is for the node to check. */
import {committeeHash} from '#crypto/checkpoint-message';
import {equalBytes, toHex} from '#kernel/bytes';
import type {MainChainEvent} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import type {MainChainSegment} from '../block/block-body.ts';
import type {MainChainError} from '../block/block-error.ts';
import type {LedgerEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {scheduleEnactment} from '../governance/schedule-enactment.ts';
import {CREDITS_MAX} from '../limits.ts';
import {addToPot} from '../pots.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf, numberKey, numberOfKey} from '../state/keys.ts';
import {rowsOf, single} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import type {Committee} from './checkpoint.ts';

type Outcome = Result<LedgerEvent, MainChainError>;
type EventOf<K extends MainChainEvent['kind']> = Extract<MainChainEvent, {readonly kind: K}>;

const genesisCredits = ({genesis}: LedgerEnv): bigint =>
	genesis.accounts.reduce((sum, {balance}) => sum + balance, 0n);

const deposit = (
	env: LedgerEnv,
	draft: Draft,
	index: number,
	{outRef, account, amount}: EventOf<'deposit'>,
): Outcome => {
	// There is no more ADA than this, so no sum of credits can overflow whatever a block says.
	const {deposited, withdrawn} = single(draft, 'pots');
	if (genesisCredits(env) + deposited - withdrawn + amount > CREDITS_MAX)
		return err({code: 'MC_DEPOSIT_TOO_LARGE', index, amount});
	addToPot(draft, 'deposited', amount);
	credit(draft, account, amount);
	return ok({kind: 'deposited', account, amount, outRef});
};

const openClaim = (
	draft: Draft,
	index: number,
	{claimId, ownerKeyHash, operatorVk}: EventOf<'claim-opened'>,
): Outcome => {
	const key = keyOf(claimId);
	if (draft.get('claims', key) !== undefined) return err({code: 'MC_CLAIM_EXISTS', index, claimId});
	draft.set('claims', key, {ownerKeyHash, operatorVk});
	return ok({kind: 'claim-opened', claimId});
};

/** Of later periods, by members of that committee. */
const keepSignatures = (draft: Draft, period: number, committee: Committee): void => {
	const members = new Set(committee.map(({verificationKey}) => toHex(verificationKey)));
	for (const key of draft.keys('checkpointSignatures'))
		if (numberOfKey(key.slice(0, 16)) <= period || !members.has(key.slice(16)))
			draft.delete('checkpointSignatures', key);
};

/**
 * Its committee signs from now on. Earlier periods need no confirmation any more; what members of the new committee
 * signed of later ones stays.
 */
const confirm = (
	draft: Draft,
	index: number,
	{period, blockHash}: EventOf<'checkpoint-confirmed'>,
): Outcome => {
	const pending = draft.get('pendingCheckpoints', numberKey(period));
	if (pending === undefined) return err({code: 'MC_CHECKPOINT_NOT_PENDING', index, period});
	const expected = pending.blockHash;
	if (!equalBytes(expected, blockHash))
		return err({code: 'MC_CHECKPOINT_CONFLICT', index, period, blockHash, expected});
	const committee = pending.nextCommittee;
	draft.setSingle('confirmedCheckpoint', {period, blockHash, committee});
	for (const key of draft.keys('pendingCheckpoints'))
		if (numberOfKey(key) <= period) draft.delete('pendingCheckpoints', key);
	for (const key of draft.keys('payouts')) if (numberOfKey(key) < period) draft.delete('payouts', key);
	keepSignatures(draft, period, committee);
	return ok({kind: 'checkpoint-confirmed', period, blockHash});
};

/**
 * A dead committee was replaced on Cardano. Only a hash stands there: its members are those that some closed period ended
 * with, which is what a proposal has to name. Any other hash is noted as unknown: then nobody can sign until governance names another.
 */
const recover = (
	{crypto}: LedgerEnv,
	draft: Draft,
	index: number,
	{period, committeeHash: wanted}: EventOf<'committee-recovered'>,
): Outcome => {
	const confirmed = single(draft, 'confirmedCheckpoint');
	if (confirmed.period !== period)
		return err({code: 'MC_RECOVERY_MISPLACED', index, period, confirmed: confirmed.period});
	const committee = [...rowsOf(draft, 'pendingCheckpoints')]
		.map(([, {nextCommittee}]) => nextCommittee)
		.find(members => equalBytes(committeeHash(crypto, members), wanted));
	if (committee !== undefined) {
		draft.setSingle('confirmedCheckpoint', {...confirmed, committee});
		keepSignatures(draft, period, committee);
	}
	return ok({
		kind: 'committee-recovered',
		period,
		committeeHash: wanted,
		isKnown: committee !== undefined,
	});
};

const applyEvent = (env: LedgerEnv, draft: Draft, index: number, event: MainChainEvent): Outcome => {
	switch (event.kind) {
		case 'deposit':
			return deposit(env, draft, index, event);
		case 'claim-opened':
			return openClaim(draft, index, event);
		case 'checkpoint-confirmed':
			return confirm(draft, index, event);
		case 'committee-recovered':
			return recover(env, draft, index, event);
		case 'enacted':
			return ok(scheduleEnactment(env, draft, event));
	}
};

const checkReference = (draft: Draft, {mcRef, events}: MainChainSegment): Result<void, MainChainError> => {
	const {mcRef: parent} = single(draft, 'chain');
	if (mcRef.slot > parent.slot) return ok(undefined);
	if (mcRef.slot < parent.slot) return err({code: 'MC_REF_BACKWARDS', mcRef, parent});
	if (!equalBytes(mcRef.hash, parent.hash)) return err({code: 'MC_REF_CONFLICT', mcRef, parent});
	return events.length > 0 ? err({code: 'MC_EVENTS_SURPLUS', mcRef, events: events.length}) : ok(undefined);
};

export const applyMainChain = (
	env: LedgerEnv,
	draft: Draft,
	segment: MainChainSegment,
): Result<readonly LedgerEvent[], MainChainError> => {
	const reference = checkReference(draft, segment);
	if (!reference.ok) return reference;
	const reports: LedgerEvent[] = [];
	for (const [index, event] of segment.events.entries()) {
		const report = applyEvent(env, draft, index, event);
		if (!report.ok) return report;
		reports.push(report.value);
	}
	draft.setSingle('chain', {...single(draft, 'chain'), mcRef: segment.mcRef});
	return ok(reports);
};
