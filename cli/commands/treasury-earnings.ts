/** `dcloud treasury earnings`: reads what was earned and has arrived into the operator's book. */

import {parseDecimal} from '#income/decimal';
import {coinText, EARNING_SOURCES, type Earning, UNIT_DECIMALS} from '#income/earning';
import {addEarnings, type IncomeBook, nameAmount} from '#income/income-book';
import {NodeError} from '#kernel/node-error';
import {readIncomeBook, withIncomeBook, writeIncomeBook} from '#node/adapters/income/income-book-file';
import {readMoneroEarnings, readMoneroLogin} from '#node/adapters/income/monero-wallet';
import {readStorageNodeEarnings} from '#node/adapters/income/storage-node';
import type {StatusView} from '#node/ports/control-api';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {BOND_RETURNED, type Income, readIncomes} from './provider-earnings.ts';
import {findProvider} from './provider-views.ts';

const ACCOUNT_MAX = 1_000_000;
const BLOCKS = 1000;
const DOLLAR = 1_000_000n;

/** A provider's incomes as earnings, one for each block and reason; of blocks that nothing undoes, and no bond of its own. */
export const ownEarnings = (
	{systemStartMs, slotMs, immutableTip}: Pick<StatusView, 'systemStartMs' | 'slotMs' | 'immutableTip'>,
	incomes: readonly Income[],
): readonly Earning[] =>
	incomes
		.filter(({what, amount, blockNo}) => {
			const isFinal = immutableTip !== null && blockNo <= immutableTip.blockNo;
			return isFinal && amount > 0n && what !== BOND_RETURNED;
		})
		.map(({blockHash, slot, what, amount}) => ({
			source: 'fees',
			reference: `${blockHash}/${what}`,
			timeMs: systemStartMs + slot * slotMs,
			amount,
			microUsd: undefined,
		}));

/** What this network paid the provider, as far as its node remembers. */
const readOwnEarnings = async (
	options: Options,
	provider: string,
	signal: AbortSignal,
): Promise<readonly Earning[]> => {
	const node = await openNode(options);
	const status = await node.status({signal});
	const incomes = await readIncomes(node, await findProvider(node, provider, signal), BLOCKS, signal);
	return ownEarnings(status, incomes);
};

/** What every place that was named has paid. */
const readAll = async (options: Options, signal: AbortSignal): Promise<readonly Earning[]> => {
	const found: Earning[] = [];
	const wallet = optionalText(options, 'moneroWalletUrl');
	const account = countOption(options, 'moneroAccount', ACCOUNT_MAX) ?? 0;
	if (wallet !== undefined) {
		const file = optionalText(options, 'moneroLoginFile');
		const login = file === undefined ? {} : {login: await readMoneroLogin(file)};
		found.push(...(await readMoneroEarnings({url: wallet, account, signal, ...login})));
	}
	const storage = optionalText(options, 'storagenodeUrl');
	if (storage !== undefined) found.push(...(await readStorageNodeEarnings({url: storage, signal})));
	const provider = optionalText(options, 'provider');
	if (provider !== undefined) found.push(...(await readOwnEarnings(options, provider, signal)));
	return found;
};

const withTokens = (book: IncomeBook, line: string): IncomeBook => {
	const at = line.lastIndexOf('=');
	const reference = line.slice(0, at);
	const amount = at < 1 ? undefined : parseDecimal(line.slice(at + 1), UNIT_DECIMALS.storj);
	if (amount === undefined || amount === 0n)
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--tokens wants REFERENCE=AMOUNT of STORJ with at most 8 decimals, not "${line}".`,
		});
	const named = nameAmount(book, {source: 'storj', reference, amount});
	if (named !== undefined) return named;
	throw new NodeError({
		code: 'EARNING_NOT_FOUND',
		message: `No earning of the book waits for the number of its tokens under the reference ${reference}.`,
		reference,
	});
};

const amountText = ({source, amount, microUsd}: Earning): string => {
	if (amount !== undefined) return coinText(source, amount);
	return `${(microUsd ?? 0n) / DOLLAR}.${String((microUsd ?? 0n) % DOLLAR).padStart(6, '0')} USD, STORJ not told`;
};

const bookText = (book: IncomeBook, added: number): string => {
	const rows = book.earnings.map(earning => [
		utc(earning.timeMs),
		earning.source,
		earning.reference,
		amountText(earning),
		earning.amount === undefined ? '' : coinText(earning.source, earning.unsold),
	]);
	const said = `${added} new, ${book.earnings.length} in all`;
	return rows.length === 0
		? said
		: [said, '', table(['arrived', 'source', 'reference', '>earned', '>unsold'], rows)].join('\n');
};

/** The book with what was found and named, on disk too. */
const grownBook = (
	file: string,
	found: readonly Earning[],
	tokens: readonly string[],
): Promise<{readonly book: IncomeBook; readonly added: readonly Earning[]}> =>
	withIncomeBook(file, async () => {
		const {book: grown, added} = addEarnings(await readIncomeBook(file), found);
		const book = tokens.reduce(withTokens, grown);
		if (added.length > 0 || tokens.length > 0) await writeIncomeBook(file, book);
		return {book, added};
	});

export const readEarnings: Verb = async (_words, options, signal) => {
	const tokens = Array.isArray(options['tokens']) ? (options['tokens'] as readonly string[]) : [];
	const found = await readAll(options, signal);
	const {book, added} = await grownBook(textOption(options, 'book'), found, tokens);
	const totals = EARNING_SOURCES.map(source => {
		const of = book.earnings.filter(earning => earning.source === source);
		const sum = (pick: (earning: (typeof of)[number]) => bigint): bigint =>
			of.reduce((total, earning) => total + pick(earning), 0n);
		return {source, earned: sum(({amount}) => amount ?? 0n), unsold: sum(({unsold}) => unsold)};
	});
	return {data: {added, totals, earnings: book.earnings}, text: bookText(book, added.length)};
};
