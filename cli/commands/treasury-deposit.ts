/** `dcloud treasury deposit`: gives ADA to the treasury, with what the depositor says of its origin. */

import {parseDecimal} from '#income/decimal';
import {UNIT_DECIMALS} from '#income/earning';
import type {BookDeposit, IncomeBook} from '#income/income-book';
import {DEPOSIT_LOVELACE_MIN} from '#income/match-sales';
import {equalBytes, fromHex, parseHex, toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {readIncomeBook, withIncomeBook, writeIncomeBook} from '#node/adapters/income/income-book-file';
import type {CardanoContracts} from '#node/adapters/lucid/lucid-contracts';
import {readTreasuryDeposits, type TreasuryDeposit} from '#node/adapters/lucid/treasury-deposits';
import {type Provenance, RATE_ONE, TREASURY_SOURCE, type TreasurySource} from '#onchain/data/money-data';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {openContracts, openKupo} from '../cardano-access.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

const REFERENCE_BYTES_MAX = 64;
const U64_MAX = 2n ** 64n - 1n;
/** Failures after which the transaction was certainly not handed to Cardano. */
const NOT_SUBMITTED: readonly string[] = [
	'CARDANO_TRANSACTION_REFUSED',
	'CARDANO_SCRIPT_REFUSED',
	'CARDANO_FUNDS_MISSING',
	'CARDANO_OUTPUT_SPENT',
	'CARDANO_TRANSACTION_NOT_BUILT',
];

const depositsOnCardano = async (
	options: Options,
	signal: AbortSignal,
): Promise<readonly TreasuryDeposit[]> => {
	const {kupoUrl, deployment} = await openKupo(options);
	return readTreasuryDeposits(kupoUrl, deployment, signal);
};

const withReference = (
	deposits: readonly TreasuryDeposit[],
	reference: Uint8Array,
): TreasuryDeposit | undefined =>
	reference.length === 0
		? undefined
		: deposits.find(({provenance}) => equalBytes(provenance.reference, reference));

const said = (lovelace: bigint, txId: Uint8Array): string =>
	`${ada(lovelace)} are in the treasury: transaction ${toHex(txId)}`;

const sourceOf = (text: string): TreasurySource => {
	if (text in TREASURY_SOURCE) return text as TreasurySource;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--source is one of ${Object.keys(TREASURY_SOURCE).join(', ')}, not "${text}".`,
	});
};

/** What the options say of the origin. Gifts and fees are ADA: their amount is what is deposited. */
const provenanceOf = (options: Options, lovelace: bigint): Provenance => {
	const source = sourceOf(optionalText(options, 'source') ?? 'gift');
	const reference = parseHex(optionalText(options, 'reference') ?? '');
	if (reference === undefined || reference.length > REFERENCE_BYTES_MAX)
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--reference is at most ${2 * REFERENCE_BYTES_MAX} hexadecimal digits.`,
		});
	if (source === 'gift' || source === 'fees')
		return {source: TREASURY_SOURCE[source], amount: lovelace, rate: RATE_ONE, reference};
	const amount = parseDecimal(textOption(options, 'sourceAmount'), UNIT_DECIMALS[source]);
	const rate = amount === undefined || amount === 0n ? undefined : (lovelace * RATE_ONE) / amount;
	if (amount === undefined || rate === undefined || amount > U64_MAX || rate > U64_MAX)
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--source-amount is how much ${source.toUpperCase()} was sold, with at most ${UNIT_DECIMALS[source]} decimals.`,
		});
	return {source: TREASURY_SOURCE[source], amount, rate, reference};
};

const depositOnce = async (options: Options, signal: AbortSignal): Promise<Answer> => {
	const amount = parseAmount(textOption(options, 'amount'));
	if (amount < DEPOSIT_LOVELACE_MIN)
		throw new NodeError({
			code: 'TREASURY_DEPOSIT_TOO_SMALL',
			message: `A deposit is at least ${ada(DEPOSIT_LOVELACE_MIN)}: Cardano keeps no smaller output of this kind.`,
		});
	const provenance = provenanceOf(options, amount);
	const made = withReference(await depositsOnCardano(options, signal), provenance.reference);
	if (made !== undefined)
		throw new NodeError({
			code: 'TREASURY_DEPOSIT_KNOWN',
			message: 'A deposit with this reference is in the treasury already: nothing was sent.',
			txId: toHex(made.txId),
		});
	const contracts = await openContracts(options);
	const {txId, fee} = await contracts.depositToTreasury({amount, provenance}, {signal});
	return {data: {amount, provenance, txId, fee}, text: `${said(amount, txId)}, fee ${ada(fee)}`};
};

/** The book on disk, with the state of one deposit. */
type Desk = {readonly file: string; book: IncomeBook};

const note = async (desk: Desk, reference: string, change: Partial<BookDeposit>): Promise<void> => {
	desk.book = {
		...desk.book,
		deposits: desk.book.deposits.map(deposit =>
			deposit.reference === reference ? {...deposit, ...change} : deposit,
		),
	};
	await writeIncomeBook(desk.file, desk.book);
};

/**
 * Pays one planned deposit. The book says so before Cardano hears of it: whoever finds it half done looks on the chain
 * for the reference, and where it is not there yet the operator decides, so that nothing is paid twice.
 */
const makePlanned = async (
	desk: Desk,
	{source, units, lovelace, rate, reference}: BookDeposit,
	contracts: CardanoContracts,
	signal: AbortSignal,
): Promise<Uint8Array> => {
	await note(desk, reference, {status: 'submitting'});
	const provenance = {source: TREASURY_SOURCE[source], amount: units, rate, reference: fromHex(reference)};
	try {
		const {txId} = await contracts.depositToTreasury({amount: Lovelace(lovelace), provenance}, {signal});
		await note(desk, reference, {status: 'made', txId: toHex(txId)});
		return txId;
	} catch (error) {
		if (error instanceof NodeError && NOT_SUBMITTED.includes(error.code))
			await note(desk, reference, {status: 'planned'});
		throw error;
	}
};

const depositPlanned = async (file: string, options: Options, signal: AbortSignal): Promise<Answer> => {
	const desk: Desk = {file, book: await readIncomeBook(file)};
	const open = desk.book.deposits.filter(({status}) => status !== 'made');
	if (open.length === 0) return {data: {deposits: []}, text: 'the book has no deposit that is not made yet'};
	const there = await depositsOnCardano(options, signal);
	const lines: string[] = [];
	const made: {readonly reference: string; readonly lovelace: bigint; readonly txId: Uint8Array}[] = [];
	let contracts: CardanoContracts | undefined;
	for (const deposit of open) {
		const {reference, lovelace, status} = deposit;
		const found = withReference(there, fromHex(reference));
		if (found !== undefined) await note(desk, reference, {status: 'made', txId: toHex(found.txId)});
		else if (status === 'submitting' && options['again'] !== true)
			throw new NodeError({
				code: 'TREASURY_DEPOSIT_UNCERTAIN',
				message:
					'An earlier run ended while it handed this deposit to Cardano, and it is in no block. Wait some minutes and try again; if the wallet still has the money then, add --again.',
				reference,
			});
		contracts ??= found === undefined ? await openContracts(options) : undefined;
		const txId = found?.txId ?? (await makePlanned(desk, deposit, contracts as CardanoContracts, signal));
		made.push({reference, lovelace, txId});
		lines.push(`${said(lovelace, txId)}${found === undefined ? '' : ' (it had arrived before)'}`);
	}
	return {data: {deposits: made}, text: lines.join('\n')};
};

export const depositToTreasury: Verb = (_words, options, signal) => {
	const book = optionalText(options, 'book');
	return book === undefined
		? depositOnce(options, signal)
		: withIncomeBook(book, () => depositPlanned(book, options, signal));
};
