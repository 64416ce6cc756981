/** Whose payer account pays for what an account stores, and whether that is enough. */
import {equalBytes, toHex} from '#kernel/bytes';
import {type AccountId, Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {AgreementView} from '#node/ports/control-api';
import {isActive} from './active-agreement.ts';
import {amountField, type ChainClient, hexField} from './chain-client.ts';
import {signingDeadline} from './open-agreements.ts';

type Call = {readonly signal?: AbortSignal};

/**
 * Who pays for new agreements: whom the user has named, else who pays all that run, else the account itself. Never merely who
 * has allowed it: a stranger could, and let the files go when its funds run out.
 */
export const payerOfNew = (
	{account, paidBy}: Pick<ChainClient, 'account' | 'paidBy'>,
	/** All agreements of the account. */
	views: readonly AgreementView[],
): AccountId => {
	if (paidBy !== undefined) return paidBy;
	const [payer, ...others] = new Set(views.filter(isActive).map(view => view.payer));
	return payer === undefined || others.length > 0
		? account
		: Hash28(hexField(payer, 'payer of an agreement', 28));
};

/** What is in the payer account and not owed to providers already. */
export const unowedIn = (payer: {readonly [field: string]: unknown} | null): bigint =>
	amountField(payer?.['funds'] ?? '0', 'payer funds') - amountField(payer?.['owed'] ?? '0', 'payer debt');

/** What a payer account has to hold for all its agreements and new ones, for some epochs and what the ledger locks. */
export const fundsNeeded = (
	lockEpochs: number,
	{lockRate, revenue, epochs}: {lockRate: bigint; revenue: bigint; epochs: number},
): bigint => BigInt(Math.max(lockEpochs, epochs) + 1) * (lockRate + revenue);

type Cost = {readonly revenue: bigint; readonly epochs: number};

/** What is there, and what is missing. */
const shortfall = async (
	chain: ChainClient,
	account: AccountId,
	{revenue, epochs}: Cost,
	call: Call,
): Promise<{readonly funds: bigint; readonly needed: bigint}> => {
	const {payer} = await chain.control.account(toHex(account), call);
	const lockRate = amountField(payer?.['lockRate'] ?? '0', 'payer lock rate');
	const needed = fundsNeeded(chain.parameters.lockEpochs, {lockRate, revenue, epochs});
	return {funds: unowedIn(payer), needed};
};

/**
 * Brings the account's own payer account to what the ledger asks for and what the agreements cost until their end, at the rates
 * of today; returns what that took. Throws TRANSACTION_REFUSED.
 */
export const fundPayer = async (chain: ChainClient, cost: Cost, call: Call): Promise<Lovelace> => {
	const {funds, needed} = await shortfall(chain, chain.account, cost, call);
	if (funds >= needed) return Lovelace(0n);
	const amount = Lovelace(needed - funds);
	const deposit = chain.prepare(
		{kind: 'payer-deposit', amount},
		{
			sequence: await chain.nextSequence(call),
			validUntil: await signingDeadline(chain, call),
			witnesses: 1,
		},
	);
	await chain.submit(deposit, [], call);
	await chain.included([deposit], call);
	return amount;
};

/** What another account that pays has to have. Throws PAYER_FUNDS_TOO_SMALL. */
const checkFunds = async (chain: ChainClient, payer: AccountId, cost: Cost, call: Call): Promise<void> => {
	const {funds, needed} = await shortfall(chain, payer, cost, call);
	if (funds >= needed) return;
	throw new NodeError({
		code: 'PAYER_FUNDS_TOO_SMALL',
		message: `The account that pays, ${toHex(payer)}, has not set enough aside: those who own it have to add to it.`,
		payer,
		funds,
		needed,
	});
};

export type PaidAgreements = {
	readonly openings: readonly (Parameters<typeof epochRevenue>[0] & {readonly endEpoch: Epoch})[];
	/** How long they are to be paid. */
	readonly epochs: number;
};

/** Whether another account lets this one have that. Throws PAYER_ALLOWANCE_NONE, PAYER_ALLOWANCE_EXCEEDED, PAYER_ALLOWANCE_ENDS. */
const checkAllowed = async (
	chain: ChainClient,
	payer: AccountId,
	{revenue, endEpoch}: {readonly revenue: bigint; readonly endEpoch: number},
	call: Call,
): Promise<void> => {
	const client = chain.account;
	const {allowances} = await chain.control.account(toHex(client), call);
	const allowance = allowances.find(each => each.payer === toHex(payer) && each.client === toHex(client));
	const who = `The account ${toHex(payer)}`;
	const rateMax = amountField(allowance?.rateMax ?? '0', 'allowance');
	if (allowance === undefined || rateMax === 0n)
		throw new NodeError({
			code: 'PAYER_ALLOWANCE_NONE',
			message: `${who} does not let this one have it pay: those who own it allow that first.`,
			payer,
			client,
		});
	const rate = amountField(allowance.used, 'use of an allowance') + revenue;
	if (rate > rateMax)
		throw new NodeError({
			code: 'PAYER_ALLOWANCE_EXCEEDED',
			message: `${who} pays at most ${rateMax} lovelace an epoch for this one, and it would be ${rate}.`,
			payer,
			client,
			rate,
			rateMax,
		});
	if (endEpoch > allowance.until)
		throw new NodeError({
			code: 'PAYER_ALLOWANCE_ENDS',
			message: `${who} pays for agreements that end with epoch ${allowance.until} or sooner, and one would end with ${endEpoch}.`,
			payer,
			client,
			endEpoch,
			until: allowance.until,
		});
};

/**
 * Before agreements are opened: whoever pays them can. An account's own payer account is filled for as long as they last; of
 * another one only what the ledger asks for has to be there, because its owners see to the rest.
 */
export const readyPayer = async (
	chain: ChainClient,
	payer: AccountId,
	{openings, epochs}: PaidAgreements,
	call: Call,
): Promise<void> => {
	if (openings.length === 0) return;
	const revenue = openings.reduce((sum, opening) => sum + epochRevenue(opening), 0n);
	if (equalBytes(payer, chain.account)) {
		await fundPayer(chain, {revenue, epochs}, call);
		return;
	}
	const endEpoch = Math.max(...openings.map(each => each.endEpoch));
	await checkAllowed(chain, payer, {revenue, endEpoch}, call);
	await checkFunds(chain, payer, {revenue, epochs: 0}, call);
};

/** As `fundPayer`, for all agreements of the account; what others pay they fund. Throws PAYER_FUNDS_TOO_SMALL. */
export const fundAllPayers = async (chain: ChainClient, epochs: number, call: Call): Promise<Lovelace> => {
	const views = await chain.control.agreements({client: toHex(chain.account)}, call);
	const others = new Set(views.filter(isActive).map(({payer}) => payer));
	others.delete(toHex(chain.account));
	const added = await fundPayer(chain, {revenue: 0n, epochs}, call);
	for (const payer of others)
		await checkFunds(
			chain,
			Hash28(hexField(payer, 'payer of an agreement', 28)),
			{revenue: 0n, epochs},
			call,
		);
	return added;
};
