import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace, shareOf} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {epochRevenue} from '../agreements/agreement.ts';
import {closeAgreement} from '../agreements/change-agreement.ts';
import {EMPTY_PAYER} from '../agreements/payer.ts';
import type {TickContext} from '../block/block-context.ts';
import type {LedgerEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {addToPot} from '../pots.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {single} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import {type DueAgreement, dueAgreements} from './due-agreements.ts';
import {punishMiss} from './miss.ts';

/** Pays one agreement for an epoch. A payer with less than is due pays what it has, and the agreement ends. */
const pay = (
	{genesis}: LedgerEnv,
	draft: Draft,
	{agreementId, agreement}: DueAgreement,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const {client, provider: id} = agreement;
	const payer = draft.get('payers', keyOf(client)) ?? EMPTY_PAYER;
	const due = epochRevenue(agreement);
	const amount = Lovelace(payer.funds < due ? payer.funds : due);
	draft.set('payers', keyOf(client), {...payer, funds: Lovelace(payer.funds - amount)});
	const fee = shareOf(amount, genesis.parameters.storageFee);
	addToPot(draft, 'fees', fee);
	const provider = defined(draft.get('providers', keyOf(id)), 'an agreement has its provider');
	const earned = Lovelace(amount - fee);
	credit(draft, provider.payoutAccount, earned);
	draft.set('providers', keyOf(id), {...provider, earned: Lovelace(provider.earned + earned)});
	const paid: LedgerEvent = {kind: 'storage-paid', agreementId, provider: id, client, epoch, amount, fee};
	return amount < due ? [paid, ...closeAgreement(draft, agreementId, agreement, 'unfunded')] : [paid];
};

const payProvider = (
	env: LedgerEnv,
	draft: Draft,
	provider: Hash32,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const events = dueAgreements(draft, provider, epoch).flatMap(due => pay(env, draft, due, epoch));
	const key = keyOf(provider);
	const row = draft.get('providers', key);
	if (row !== undefined)
		draft.set('providers', key, {...row, provenEpochs: row.provenEpochs + 1, lastProvenEpoch: epoch});
	return events;
};

/** The end of an epoch's proof window: who has proven is paid; who has committed and not proven has missed. */
export const settleEpoch = (
	env: LedgerEnv,
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
		if (commitment.proven) events.push(...payProvider(env, draft, provider, epoch));
		else if (blocks < env.genesis.k) events.push({kind: 'miss-excused', provider, epoch, reason, blocks});
		else events.push(...punishMiss(env, draft, context, {provider, epoch, reason}));
	}
	return events;
};
