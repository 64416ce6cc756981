import {toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {Genesis} from '#ledger/genesis/genesis';
import type {AgreementView} from '#node/ports/control-api';
import {amountField, type ControlPort} from './chain-client.ts';
import {isActive, unowedIn} from './client-agreements.ts';
import {type StorageBudget, storageBudget} from './storage-budget.ts';

export type AccountBudget = StorageBudget & {
	/** Credits that are not set aside. */
	readonly balance: Lovelace;
	/** Agreements that go on. */
	readonly agreements: number;
	/** The first epoch in which one of them is not paid any more; null without any. */
	readonly nextEndEpoch: number | null;
	readonly epoch: number;
	/** At most so much of what was set aside is owed to providers already; not among the funds. */
	readonly owed: Lovelace;
	/** Since the end of that epoch agreements live on what they lock; null: the funds cover the lock. */
	readonly insolventFrom: number | null;
	/** The first epoch that cannot be paid for all agreements, at the rates of today; null: nothing is to be paid. */
	readonly fundedUntil: number | null;
	/** The latest epoch that a standing order has an agreement go on to; null without one. */
	readonly keptUntil: number | null;
};

const epochField = (value: unknown): number | null => (typeof value === 'number' ? value : null);

const keptUntilOf = (views: readonly AgreementView[]): number | null => {
	const ends = views.flatMap(({details}) => {
		const order = details['standing'] as {readonly [field: string]: unknown} | null | undefined;
		return order == null ? [] : Number(amountField(order['until'], 'end of a standing order'));
	});
	return ends.length === 0 ? null : Math.max(...ends);
};

const capacityOf = ({capacityLeaves}: AgreementView): bigint => amountField(capacityLeaves, 'capacity');

/** What an account pays for storage and how long it can, as a node sees it. */
export const accountBudget = async (
	control: Pick<ControlPort, 'account' | 'agreements' | 'status'>,
	{slotMs, epochLength, parameters: {lockEpochs}}: Genesis,
	account: AccountId,
	call: {readonly signal?: AbortSignal} = {},
): Promise<AccountBudget> => {
	const id = toHex(account);
	const [{balance, payer}, views, {currentSlot}] = await Promise.all([
		control.account(id, call),
		control.agreements({client: id}, call),
		control.status(call),
	]);
	const epoch = Math.floor(currentSlot / epochLength);
	const active = views.filter(view => isActive(view) && view.endEpoch > epoch);
	const perEpoch = active.reduce(
		(sum, view) =>
			sum +
			epochRevenue({
				rate: Lovelace(amountField(view.rate, 'rate')),
				capacityLeaves: Number(capacityOf(view)),
			}),
		0n,
	);
	const left = unowedIn(payer);
	const budget = storageBudget({
		slotMs,
		epochLength,
		lockEpochs,
		funds: Lovelace(left > 0n ? left : 0n),
		perEpoch: Lovelace(perEpoch),
		capacityLeaves: active.reduce((sum, view) => sum + capacityOf(view), 0n),
	});
	return {
		...budget,
		balance: Lovelace(amountField(balance, 'balance')),
		agreements: active.length,
		nextEndEpoch: active.length === 0 ? null : Math.min(...active.map(({endEpoch}) => endEpoch)),
		epoch,
		owed: Lovelace(amountField(payer?.['owed'] ?? '0', 'payer debt')),
		insolventFrom: epochField(payer?.['insolventFrom']),
		fundedUntil: epochField(payer?.['fundedUntil']),
		keptUntil: keptUntilOf(active),
	};
};
