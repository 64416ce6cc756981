/** What an account has ordered of its agreements, and new ones that are to keep to it as well. */
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import type {AgreementView} from '#node/ports/control-api';
import {amountField, type ChainClient} from './chain-client.ts';
import {sendAll} from './send-all.ts';

export type StandingOrder = {
	/** The most that is agreed to, per GiB and epoch. */
	readonly rateMax: Lovelace;
	readonly until: Epoch;
};

/** Null: it ends when it ends. */
export const orderOf = ({details}: AgreementView): StandingOrder | null => {
	const order = details['standing'] as {readonly [field: string]: unknown} | null | undefined;
	if (order == null) return null;
	return {
		rateMax: Lovelace(amountField(order['rateMax'], 'ceiling of a standing order')),
		until: Epoch(Number(amountField(order['until'], 'end of a standing order'))),
	};
};

/** The order that reaches furthest; undefined when there is none. */
const furthest = (views: readonly AgreementView[]): StandingOrder | undefined =>
	views
		.flatMap(view => orderOf(view) ?? [])
		.toSorted((a, b) => b.until - a.until)
		.at(0);

type Opened = {readonly agreementId: Hash32; readonly endEpoch: Epoch};

/** Has new agreements go on as the others do: who keeps files keeps what is stored later, too. */
export const keepAsOthers = async (
	chain: ChainClient,
	others: readonly AgreementView[],
	opened: readonly Opened[],
	call: {readonly signal?: AbortSignal} = {},
): Promise<void> => {
	const order = furthest(others);
	if (order === undefined) return;
	const shorter = opened.filter(({endEpoch}) => endEpoch < order.until);
	const actions = shorter.map(({agreementId}) => ({kind: 'agreement-standing', agreementId, order}) as const);
	await sendAll(chain, actions, call);
};
