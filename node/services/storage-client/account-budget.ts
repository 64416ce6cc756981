import {toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {Genesis} from '#ledger/genesis/genesis';
import type {AgreementView} from '#node/ports/control-api';
import type {AllowanceView} from '#node/ports/payer-api';
import {isActive} from './active-agreement.ts';
import {amountField, type ControlPort} from './chain-client.ts';
import {unowedIn} from './payer-account.ts';
import {type StorageBudget, storageBudget} from './storage-budget.ts';

/** What a payer account pays, whosever agreements they are, and how long it can. */
export type PayerBudget = StorageBudget & {
	/** Agreements that go on. */
	readonly agreements: number;
	/** The first epoch in which one of them is not paid any more; null without any. */
	readonly nextEndEpoch: number | null;
	/** At most so much of what was set aside is owed to providers already; not among the funds. */
	readonly owed: Lovelace;
	/** Since the end of that epoch agreements live on what they lock; null: the funds cover the lock. */
	readonly insolventFrom: number | null;
	/** The first epoch that cannot be paid for all agreements, at the rates of today; null: nothing is to be paid. */
	readonly fundedUntil: number | null;
	/** The latest epoch that a standing order has an agreement go on to; null without one. */
	readonly keptUntil: number | null;
};

/** Another account that pays for agreements of this one. */
export type OtherPayer = {
	/** In hexadecimal. */
	readonly payer: string;
	/** Of this account. */
	readonly agreements: number;
	readonly perEpoch: Lovelace;
	/** Of all that the other one pays. */
	readonly budget: PayerBudget;
};

/** `agreements` and the rest are of what the account's own payer account pays. */
export type AccountBudget = PayerBudget & {
	/** Credits that are not set aside. */
	readonly balance: Lovelace;
	readonly epoch: number;
	readonly paidByOthers: readonly OtherPayer[];
	/** What it lets others have it pay for, and what others let it have them pay for. */
	readonly allowances: readonly AllowanceView[];
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

const revenueOf = (view: AgreementView): bigint =>
	epochRevenue({
		rate: Lovelace(amountField(view.rate, 'rate')),
		capacityLeaves: Number(capacityOf(view)),
	});

const sumOf = (views: readonly AgreementView[], each: (view: AgreementView) => bigint): bigint =>
	views.reduce((sum, view) => sum + each(view), 0n);

type Control = Pick<ControlPort, 'account' | 'agreements' | 'status'>;
type Call = {readonly signal?: AbortSignal};

const payerBudget = async (
	control: Control,
	{slotMs, epochLength, parameters: {lockEpochs}}: Genesis,
	{id, goesOn}: {readonly id: string; readonly goesOn: (view: AgreementView) => boolean},
	call: Call,
): Promise<PayerBudget> => {
	const [{payer}, views] = await Promise.all([
		control.account(id, call),
		control.agreements({payer: id}, call),
	]);
	const active = views.filter(goesOn);
	const left = unowedIn(payer);
	const budget = storageBudget({
		slotMs,
		epochLength,
		lockEpochs,
		funds: Lovelace(left > 0n ? left : 0n),
		perEpoch: Lovelace(sumOf(active, revenueOf)),
		capacityLeaves: sumOf(active, capacityOf),
	});
	return {
		...budget,
		agreements: active.length,
		nextEndEpoch: active.length === 0 ? null : Math.min(...active.map(({endEpoch}) => endEpoch)),
		owed: Lovelace(amountField(payer?.['owed'] ?? '0', 'payer debt')),
		insolventFrom: epochField(payer?.['insolventFrom']),
		fundedUntil: epochField(payer?.['fundedUntil']),
		keptUntil: keptUntilOf(active),
	};
};

/** What an account pays for storage and how long it can, as a node sees it; and the same of whoever else pays for it. */
export const accountBudget = async (
	control: Control,
	genesis: Genesis,
	account: AccountId,
	call: Call = {},
): Promise<AccountBudget> => {
	const id = toHex(account);
	const [{balance, allowances}, views, {currentSlot}] = await Promise.all([
		control.account(id, call),
		control.agreements({client: id}, call),
		control.status(call),
	]);
	const epoch = Math.floor(currentSlot / genesis.epochLength);
	const goesOn = (view: AgreementView): boolean => isActive(view) && view.endEpoch > epoch;
	const budgetOf = (payer: string): Promise<PayerBudget> =>
		payerBudget(control, genesis, {id: payer, goesOn}, call);
	const paidByOthers = new Map<string, AgreementView[]>();
	for (const view of views.filter(each => goesOn(each) && each.payer !== id))
		paidByOthers.set(view.payer, [...(paidByOthers.get(view.payer) ?? []), view]);
	return {
		...(await budgetOf(id)),
		balance: Lovelace(amountField(balance, 'balance')),
		epoch,
		paidByOthers: await Promise.all(
			[...paidByOthers].map(async ([payer, own]) => ({
				payer,
				agreements: own.length,
				perEpoch: Lovelace(sumOf(own, revenueOf)),
				budget: await budgetOf(payer),
			})),
		),
		allowances,
	};
};
