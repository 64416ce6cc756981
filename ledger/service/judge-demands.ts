/** Demands that nobody answered in time. */
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {type Agreement, epochRevenue} from '../agreements/agreement.ts';
import {EMPTY_PAYER} from '../agreements/payer.ts';
import {settleAgreement} from '../agreements/settle-agreement.ts';
import type {TickContext} from '../block/block-context.ts';
import {epochOf, type LedgerEnv, type RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {PENALTIES_KEPT} from '../limits.ts';
import {addSlashed} from '../proofs/miss.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {rowsOf} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import {voidDemand} from './end-service.ts';
import {isCrowdedOut, servicePromises} from './service-class.ts';
import type {RetrievalDemand, ServiceTerms} from './service-terms.ts';

const least = (...amounts: readonly bigint[]): Lovelace =>
	Lovelace(amounts.reduce((least, amount) => (amount < least ? amount : least)));

/** What goes back: what was promised, no more than the client paid, and no more than the agreement's own collateral. */
export const refundOf = (
	{serviceClass, paid}: Pick<ServiceTerms, 'serviceClass' | 'paid'>,
	agreement: Pick<Agreement, 'rate' | 'capacityLeaves' | 'collateral'>,
): Lovelace =>
	least(
		BigInt(servicePromises[serviceClass].refundEpochs) * epochRevenue(agreement),
		paid,
		agreement.collateral,
	);

type Unanswered = {
	readonly agreementId: Hash32;
	readonly demand: RetrievalDemand;
	readonly agreement: Agreement;
	readonly terms: ServiceTerms;
};

/** What was paid goes back to the payer account that it came from, and the client has its deposit again. The agreement goes on. */
const refund = (
	{genesis}: LedgerEnv,
	draft: Draft,
	{slot, blockNo}: TickContext,
	{agreementId, demand, agreement, terms}: Unanswered,
): LedgerEvent => {
	const {provider: id, client, deadline, deposit} = demand;
	const amount = refundOf(terms, agreement);
	const key = keyOf(agreementId);
	const epoch = epochOf(genesis, deadline);
	const provider = defined(draft.get('providers', keyOf(id)), 'an agreement has its provider');
	draft.set('providers', keyOf(id), {
		...provider,
		bond: Lovelace(provider.bond - amount),
		collateral: Lovelace(provider.collateral - amount),
		penalties: [
			...provider.penalties,
			{epoch, reason: 'retrieval-missed' as const, slashed: amount, vacated: false, slot, blockNo},
		].slice(-PENALTIES_KEPT),
	});
	draft.set('agreements', key, {...agreement, collateral: Lovelace(agreement.collateral - amount)});
	if (amount > 0n) addSlashed(draft, id, amount);
	const payerKey = keyOf(agreement.payer);
	const payer = draft.get('payers', payerKey) ?? EMPTY_PAYER;
	draft.set('payers', payerKey, {...payer, funds: Lovelace(payer.funds + amount)});
	credit(draft, client, deposit);
	draft.set('serviceClasses', key, {
		...terms,
		paid: Lovelace(0n),
		refunded: Lovelace(terms.refunded + amount),
		missed: terms.missed + 1,
	});
	draft.delete('retrievalDemands', key);
	return {kind: 'retrieval-missed', agreementId, provider: id, client, epoch, refund: amount};
};

const judge = (
	env: LedgerEnv,
	draft: Draft,
	context: TickContext,
	{agreementId, demand}: {readonly agreementId: Hash32; readonly demand: RetrievalDemand},
): LedgerEvent => {
	const agreement = draft.get('agreements', keyOf(agreementId));
	const terms = draft.get('serviceClasses', keyOf(agreementId));
	const isOver =
		agreement === undefined ||
		terms === undefined ||
		agreement.vacancy !== null ||
		agreement.closedIn !== null;
	if (isOver) return voidDemand(draft, agreementId, demand, 'agreement-over');
	const blocks = context.blockNo - 1 - demand.blockNo;
	return isCrowdedOut(env.genesis, demand.serviceClass, {blocks})
		? voidDemand(draft, agreementId, demand, 'too-few-blocks')
		: refund(env, draft, context, {agreementId, demand, agreement, terms});
};

/** Before that judgement: what the client owes on those agreements is paid, so that it counts for its refund. */
export const settleDemanded = (
	{parameters}: RulesEnv,
	draft: Draft,
	{slot}: Pick<TickContext, 'slot'>,
): readonly LedgerEvent[] =>
	[...rowsOf(draft, 'retrievalDemands')].flatMap(([key, {deadline}]) =>
		deadline > slot ? [] : settleAgreement(parameters, draft, Hash32(fromHex(key))),
	);

/** Demands whose time is over by the slot of a block. O(open demands), each of which cost a fee and holds a deposit. */
export const judgeDemands = (env: LedgerEnv, draft: Draft, context: TickContext): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	for (const [key, demand] of rowsOf(draft, 'retrievalDemands')) {
		if (demand.deadline > context.slot) continue;
		events.push(judge(env, draft, context, {agreementId: Hash32(fromHex(key)), demand}));
	}
	return events;
};
