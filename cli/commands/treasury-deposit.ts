/** `dcloud treasury deposit`: gives ADA to the treasury, with what the depositor says of its origin. */

import {parseDecimal} from '#income/decimal';
import {UNIT_DECIMALS} from '#income/earning';
import type {BookDeposit, IncomeBook} from '#income/income-book';
import {DEPOSIT_LOVELACE_MIN} from '#income/match-sales';
import {equalBytes, fromHex, parseHex, toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {readIncomeBook, withIncomeBook, writeIncomeBook} from '#node/adapters/income/income-book-file';
import type {CardanoContracts, TreasuryDepositRequest} from '#node/adapters/lucid/lucid-contracts';
import {readTreasuryDeposits, type TreasuryDeposit} from '#node/adapters/lucid/treasury-deposits';
import {type Provenance, RATE_ONE, TREASURY_SOURCE, type TreasurySource} from '#onchain/data/money-data';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {openContracts, openKupo, orResumed} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
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
	const transaction = await contracts.depositToTreasury({amount, provenance}, {signal});
	const draft = draftAnswer(options, transaction, `gives ${ada(amount)} to the treasury`, {provenance});
	if (draft !== undefined) return draft;
	const {txId, fee} = transaction;
	return orResumed(transaction, {
		data: {amount, provenance, txId, fee},
		text: `${said(amount, txId)}, fee ${ada(fee)}`,
	});
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

const requestOf = ({source, units, lovelace, rate, reference}: BookDeposit): TreasuryDepositRequest => ({
	amount: Lovelace(lovelace),
	provenance: {source: TREASURY_SOURCE[source], amount: units, rate, reference: fromHex(reference)},
});

/**
 * Pays one planned deposit. The book says so before Cardano hears of it: whoever finds it half done looks on the chain
 * for the reference, and where it is not there yet the operator decides, so that nothing is paid twice.
 */
const makePlanned = async (
	desk: Desk,
	deposit: BookDeposit,
	contracts: CardanoContracts,
	signal: AbortSignal,
): Promise<Uint8Array> => {
	const {reference} = deposit;
	await note(desk, reference, {status: 'submitting'});
	try {
		const {txId} = await contracts.depositToTreasury(requestOf(deposit), {signal});
		await note(desk, reference, {status: 'made', txId: toHex(txId)});
		return txId;
	} catch (error) {
		if (error instanceof NodeError && NOT_SUBMITTED.includes(error.code))
			await note(desk, reference, {status: 'planned'});
		throw error;
	}
};

/** Writes one planned deposit to a file: two drafts would spend the same outputs of the wallet. */
const draftPlanned = async (
	desk: Desk,
	deposit: BookDeposit,
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const {reference, lovelace} = deposit;
	const contracts = await openContracts(options);
	// Once the file is there somebody may submit it, so the book knows of it before.
	await note(desk, reference, {status: 'drafted'});
	const transaction = await contracts.depositToTreasury(requestOf(deposit), {signal}).catch(async error => {
		await note(desk, reference, {status: 'planned'});
		throw error;
	});
	await note(desk, reference, {status: 'drafted', txId: toHex(transaction.txId)});
	const what = `gives ${ada(lovelace)} to the treasury, as the book plans`;
	return draftAnswer(options, transaction, what, {reference, lovelace}) as Answer;
};

const UNCERTAIN: Readonly<Record<'drafted' | 'submitting', string>> = {
	drafted:
		'A transaction for this deposit was written to a file, and it is in no block. Sign and submit that file; if it is void or gone for good, add --again.',
	submitting:
		'An earlier run ended while it handed this deposit to Cardano, and it is in no block. Wait some minutes and try again; if the wallet still has the money then, add --again.',
};

/** What is half done is finished where that is known to be safe; else the operator decides. */
const finishHalfDone = async (
	desk: Desk,
	deposit: BookDeposit,
	options: Options,
	signal: AbortSignal,
): Promise<Uint8Array | undefined> => {
	const {reference, status} = deposit;
	if (status === 'planned' || status === 'made') return undefined;
	if (status === 'submitting' && options['out'] === undefined) {
		const signed = await (await openContracts(options)).resumeTreasuryDeposit(requestOf(deposit), {signal});
		if (signed !== undefined) {
			await note(desk, reference, {status: 'made', txId: toHex(signed.txId)});
			return signed.txId;
		}
	}
	if (options['again'] === true) return undefined;
	throw new NodeError({code: 'TREASURY_DEPOSIT_UNCERTAIN', message: UNCERTAIN[status], reference});
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
		const {reference, lovelace} = deposit;
		const found = withReference(there, fromHex(reference));
		if (found !== undefined) await note(desk, reference, {status: 'made', txId: toHex(found.txId)});
		let txId = found?.txId ?? (await finishHalfDone(desk, deposit, options, signal));
		const wasMade = txId !== undefined;
		if (txId === undefined && options['out'] !== undefined)
			return draftPlanned(desk, deposit, options, signal);
		contracts ??= wasMade ? undefined : await openContracts(options);
		txId ??= await makePlanned(desk, deposit, contracts as CardanoContracts, signal);
		made.push({reference, lovelace, txId});
		lines.push(`${said(lovelace, txId)}${wasMade ? ' (it had arrived before)' : ''}`);
	}
	return {data: {deposits: made}, text: lines.join('\n')};
};

export const depositToTreasury: Verb = (_words, options, signal) => {
	const book = optionalText(options, 'book');
	return book === undefined
		? depositOnce(options, signal)
		: withIncomeBook(book, () => depositPlanned(book, options, signal));
};
