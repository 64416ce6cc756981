import type {AccountId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import {
	type AccountBudget,
	accountBudget,
	type OtherPayer,
	type PayerBudget,
} from '#node/services/storage-client/account-budget';
import {accountOf} from '../account-id.ts';
import type {Answer, Options} from '../answer.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts} from '../table.ts';
import {parseId} from '../wallet.ts';

const TENTHS = 10;

/** `12.3 days (40 epochs)` */
const lastsFor = ({epochsLeft, tenthsOfDaysLeft}: PayerBudget): string =>
	epochsLeft === null || tenthsOfDaysLeft === null
		? 'nothing is to be paid'
		: `${(tenthsOfDaysLeft / TENTHS).toFixed(1)} days (${epochsLeft} epochs)`;

type Whose = {readonly funds: string; readonly toAdd: string};

const OWN: Whose = {funds: 'Funds', toAdd: '"dcloud account fund" adds to them.'};

const ofOther = ({payer, agreements}: OtherPayer): Whose => ({
	funds: `Funds of ${payer}, which pays for ${agreements} of your agreements,`,
	toAdd: 'Those who own that account add to them.',
});

const levelWarning = (budget: PayerBudget, {funds, toAdd}: Whose): string | undefined => {
	switch (budget.level) {
		case 'enough':
		case 'unused':
			return undefined;
		case 'low':
			return `${funds} are low: they last for ${lastsFor(budget)}. ${toAdd}`;
		case 'short':
			return `${funds} are short: they last for ${lastsFor(budget)}, agreements lock ${ada(budget.locked)}, and files are lost when there is nothing left. ${toAdd}`;
	}
};

const joined = (warnings: readonly (string | undefined)[]): string | undefined => {
	const said = warnings.filter(warning => warning !== undefined);
	return said.length === 0 ? undefined : said.join('\n');
};

/** What should be done about the funds of whoever pays; nothing while there is enough. */
export const fundsWarning = (budget: AccountBudget): string | undefined =>
	joined([
		levelWarning(budget, OWN),
		...budget.paidByOthers.map(other => levelWarning(other.budget, ofOther(other))),
	]);

const lateOrders = (
	{keptUntil, fundedUntil}: PayerBudget,
	whose: string,
	toAdd: string,
): string | undefined =>
	keptUntil === null || fundedUntil === null || fundedUntil >= keptUntil
		? undefined
		: `Standing orders add no funds: agreements are to go on until epoch ${keptUntil}, and ${whose} last until epoch ${fundedUntil}. ${toAdd}`;

/** That orders to go on are worth no more than the funds; nothing while these last as long. */
export const ordersWarning = (budget: AccountBudget): string | undefined =>
	joined([
		lateOrders(budget, 'the funds', '"dcloud agreement keep --fund" adds what is missing.'),
		...budget.paidByOthers.map(other =>
			lateOrders(other.budget, `the funds of ${other.payer}`, ofOther(other).toAdd),
		),
	]);

/** Who pays for whom. */
const paymentLines = ({paidByOthers, allowances}: AccountBudget): readonly string[] => [
	...paidByOthers.map(
		({payer, agreements, perEpoch, budget}) =>
			`${payer} pays for ${agreements} of your agreements: ${ada(perEpoch)} an epoch, and its funds last for ${lastsFor(budget)}`,
	),
	...allowances.map(
		({payer, client, rateMax, used, until}) =>
			`${payer} pays at most ${ada(BigInt(rateMax))} an epoch for agreements of ${client} that end with epoch ${until} or sooner, and ${ada(BigInt(used))} of it is used`,
	),
];

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
		...paymentLines(budget),
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
