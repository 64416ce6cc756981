import type {AccountId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import {type AccountBudget, accountBudget} from '#node/services/storage-client/account-budget';
import {accountOf} from '../account-id.ts';
import type {Answer, Options} from '../answer.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts} from '../table.ts';
import {parseId} from '../wallet.ts';

const TENTHS = 10;

/** `12.3 days (40 epochs)` */
const lastsFor = ({epochsLeft, tenthsOfDaysLeft}: AccountBudget): string =>
	epochsLeft === null || tenthsOfDaysLeft === null
		? 'nothing is to be paid'
		: `${(tenthsOfDaysLeft / TENTHS).toFixed(1)} days (${epochsLeft} epochs)`;

/** What its owner should do about the funds; nothing while there is enough. */
export const fundsWarning = (budget: AccountBudget): string | undefined => {
	switch (budget.level) {
		case 'enough':
		case 'unused':
			return undefined;
		case 'low':
			return `Funds are low: they last for ${lastsFor(budget)}. "dcloud account fund" adds to them.`;
		case 'short':
			return `Funds are short: they last for ${lastsFor(budget)}, agreements lock ${ada(budget.locked)}, and files are lost when there is nothing left. "dcloud account fund" adds to them.`;
	}
};

/** That orders to go on are worth no more than the funds; nothing while these last as long. */
export const ordersWarning = ({keptUntil, fundedUntil}: AccountBudget): string | undefined =>
	keptUntil === null || fundedUntil === null || fundedUntil >= keptUntil
		? undefined
		: `Standing orders add no funds: agreements are to go on until epoch ${keptUntil}, and the funds last until epoch ${fundedUntil}. "dcloud agreement keep --fund" adds what is missing.`;

const statusText = (budget: AccountBudget): string => {
	const {balance, funds, perEpoch, perDay, agreements, nextEndEpoch, epoch, perTbMonth} = budget;
	const {owed, insolventFrom} = budget;
	const warnings = [fundsWarning(budget), ordersWarning(budget)].filter(warning => warning !== undefined);
	return [
		facts([
			['balance', ada(balance)],
			['set aside for storage', ada(funds)],
			['agreements', String(agreements)],
			['burn rate', `${ada(perEpoch)} an epoch, ${ada(perDay)} a day`],
			['owed to providers', `${ada(owed)} at most, for epochs that are not settled yet`],
			['funds last for', lastsFor(budget)],
			...(insolventFrom === null
				? []
				: [['insolvent', `since epoch ${insolventFrom}: what agreements lock pays for them`] as const]),
			['price of 1 TB for 30 days', perTbMonth === null ? '-' : `${ada(perTbMonth)} on average`],
			['first agreement ends', nextEndEpoch === null ? '-' : `epoch ${nextEndEpoch} (now ${epoch})`],
		]),
		...warnings,
	].join('\n');
};

/** Balance, burn rate, days left. */
export const status = async (
	[who = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const account = parseId<AccountId>(await accountOf(who), 28, 'An account id');
	const node = await openNode(options);
	const genesis = parseGenesisJson(await node.genesis({signal}));
	if (!genesis.ok)
		throw new NodeError({
			code: 'CONTROL_BAD_ANSWER',
			message: 'The node answered with a genesis that is none.',
			failure: genesis.error,
		});
	const budget = await accountBudget(node, genesis.value, account, {signal});
	return {
		data: {...budget, warning: fundsWarning(budget) ?? ordersWarning(budget) ?? null},
		text: statusText(budget),
	};
};
