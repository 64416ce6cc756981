/** `dcloud provider earnings`: what a provider was paid and for what, block by block, and what was taken from it. */
import type {ControlClient, EventView, HistoryLine} from '#node/ports/control-api';
import type {ProviderView} from '#node/ports/provider-api';
import type {Answer, Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {penaltyLines} from './penalty-text.ts';
import {findProvider} from './provider-views.ts';
import {unsettledOf} from './unsettled-text.ts';

/** Money that came in, in one block, for one reason. */
export type Income = {
	readonly blockNo: number;
	readonly slot: number;
	readonly blockHash: string;
	readonly what: string;
	/** Of how many payments it is the sum. */
	readonly payments: number;
	/** In lovelace, after fees. */
	readonly amount: bigint;
};

/** Why money comes that is not earned: it was the provider's own. */
export const BOND_RETURNED = 'bond given back';

/** A node answers no more lines at once. */
const LINES_MAX = 1000;
const LINES = 100;

const bigField = (event: EventView, name: string): bigint => {
	const value = event[name];
	return typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : 0n;
};

const storageOf = ({epoch, epochs}: EventView): string =>
	typeof epochs === 'number' && epochs > 1
		? `storage in ${epochs} epochs until ${epoch}`
		: `storage in epoch ${epoch}`;

/** For what an event pays the provider, and how much; undefined when it does not. */
const paidBy = (
	event: EventView,
	{id, payoutAccount}: Pick<ProviderView, 'id' | 'payoutAccount'>,
): readonly [what: string, amount: bigint] | undefined => {
	if (event.kind === 'storage-paid' && event['provider'] === id)
		return [storageOf(event), bigField(event, 'amount') - bigField(event, 'fee')];
	if (event.kind === 'channel-settled' && event['payee'] === payoutAccount)
		return ['downloads', bigField(event, 'amount')];
	const isBond = event.kind === 'bond-released' || event.kind === 'provider-exited';
	if (isBond && event['provider'] === id) return [BOND_RETURNED, bigField(event, 'released')];
	return undefined;
};

/** What the events of a block pay a provider, summed by reason. */
export const incomesOf = (
	{blockNo, slot, blockHash}: Pick<HistoryLine, 'blockNo' | 'slot' | 'blockHash'>,
	events: readonly EventView[],
	provider: Pick<ProviderView, 'id' | 'payoutAccount'>,
): readonly Income[] => {
	const byReason = new Map<string, Income>();
	for (const event of events) {
		const paid = paidBy(event, provider);
		if (paid === undefined) continue;
		const [what, amount] = paid;
		const before = byReason.get(what) ?? {blockNo, slot, blockHash, what, payments: 0, amount: 0n};
		byReason.set(what, {...before, payments: before.payments + 1, amount: before.amount + amount});
	}
	return [...byReason.values()];
};

/** Newest first, from the blocks that changed the payout account. */
export const readIncomes = async (
	node: ControlClient,
	provider: ProviderView,
	limit: number,
	signal: AbortSignal,
): Promise<readonly Income[]> => {
	const lines = await node.history(provider.payoutAccount, {limit}, {signal});
	const incomes: Income[] = [];
	for (const line of lines) {
		const block = await node.block(line.blockHash, {signal});
		incomes.push(...incomesOf(line, block?.events ?? [], provider));
	}
	return incomes;
};

const incomeRow = ({blockNo, slot, blockHash, what, payments, amount}: Income): readonly string[] => [
	String(blockNo),
	String(slot),
	short(blockHash),
	what,
	String(payments),
	ada(amount),
];

const earningsText = (provider: ProviderView, incomes: readonly Income[], unsettled: bigint): string =>
	[
		facts([
			['provider', provider.id],
			['paid to', provider.payoutAccount],
			['earned by storage', `${ada(BigInt(provider.earned))} since it was registered`],
			['proven and not settled', `${ada(unsettled)}, before fees`],
			['taken from the bond', ada(BigInt(String(provider.details['slashed'] ?? 0)))],
		]),
		'',
		incomes.length === 0
			? 'nothing was paid in the blocks that were looked at'
			: table(['>block', '>slot', 'hash', 'for', '>payments', '>amount'], incomes.map(incomeRow)),
		...penaltyLines(provider.penalties),
	].join('\n');

export const providerEarnings = async (
	[id]: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const own = id === undefined ? await node.ownProvider({signal}) : undefined;
	const provider = await findProvider(node, id ?? own?.provider ?? '', signal);
	const limit = Math.max(1, countOption(options, 'limit', LINES_MAX) ?? LINES);
	const incomes = await readIncomes(node, provider, limit, signal);
	const unsettled = unsettledOf(await node.agreements({provider: provider.id}, {signal}));
	return {
		data: {
			provider: provider.id,
			payoutAccount: provider.payoutAccount,
			earned: provider.earned,
			unsettled: String(unsettled),
			slashed: provider.details['slashed'] ?? '0',
			incomes: incomes.map(income => ({...income, amount: String(income.amount)})),
			penalties: provider.penalties,
		},
		text: earningsText(provider, incomes, unsettled),
	};
};
