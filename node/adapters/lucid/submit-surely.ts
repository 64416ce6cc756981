import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';

export type SubmitPorts = {
	/** Hands signed bytes in, once. */
	submit(cbor: string, signal: AbortSignal | undefined): Promise<Hash32>;
	isInBlock(txId: Hash32, signal: AbortSignal | undefined): Promise<boolean>;
	readonly clock: Clock;
};

export type SignedTransaction = {
	/** Hexadecimal. */
	readonly cbor: string;
	readonly txId: Hash32;
};

const TRIES_MAX = 4;
const FIRST_WAIT_MS = 500;
const CONFIRM_POLL_MS = 100;
const CONFIRM_TIMEOUT_MS = 180_000;

const codeOf = (error: unknown): string | undefined => (error instanceof NodeError ? error.code : undefined);

/** Whether the ledger refuses a transaction because an output that it spends or reads is not there any more. */
export const saysInputSpent = (error: unknown): boolean =>
	error instanceof NodeError &&
	error.code === 'CARDANO_TRANSACTION_REFUSED' &&
	/BadInputs|BadAllInputs|inputs are spent|AllInputsMustBeInUtxo|unknown.{0,20}(input|output)|not.{0,20}in.{0,10}utxo|missing.{0,20}utxo/i.test(
		String(error.detail['reason']),
	);

/** Nobody can tell from such an answer whether the transaction has arrived. */
const isUnclear = (error: unknown): boolean =>
	codeOf(error) === 'CARDANO_UNREACHABLE' || codeOf(error) === 'CARDANO_ANSWER_INVALID';

const wait = (clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> =>
	clock.waitUntil(clock.now() + ms, {signal: signal ?? new AbortController().signal});

/** Codes of an index that does not answer, or wrongly: the transaction is on its way all the same. */
const INDEX_FAILURES: ReadonlySet<string | undefined> = new Set([
	'MAIN_CHAIN_UNREACHABLE',
	'MAIN_CHAIN_ANSWER_INVALID',
]);

/** Resolves with whether the transaction came into a block in time. An index that fails is asked again. */
const confirmed = async (
	{isInBlock, clock}: SubmitPorts,
	txId: Hash32,
	signal: AbortSignal | undefined,
): Promise<boolean> => {
	const untilMs = clock.now() + CONFIRM_TIMEOUT_MS;
	while (clock.now() < untilMs) {
		signal?.throwIfAborted();
		try {
			if (await isInBlock(txId, signal)) return true;
		} catch (error) {
			if (!INDEX_FAILURES.has(codeOf(error))) throw error;
		}
		await wait(clock, CONFIRM_POLL_MS, signal);
	}
	return false;
};

const unclearFailure = (txId: Hash32, cause: unknown): NodeError =>
	new NodeError(
		{
			code: 'CARDANO_SUBMISSION_UNCLEAR',
			message: `Cardano is not reachable: nobody answered when transaction ${toHex(txId)} was handed in, so it may have arrived or not. Look for it before you try again.`,
			txId: toHex(txId),
		},
		{cause},
	);

const handInOnce = async (
	{submit}: SubmitPorts,
	{cbor, txId}: SignedTransaction,
	signal: AbortSignal | undefined,
): Promise<void> => {
	if (equalBytes(await submit(cbor, signal), txId)) return;
	throw new NodeError({
		code: 'CARDANO_ANSWER_INVALID',
		message: 'The Cardano node has taken another transaction than was handed in: check its address.',
		txId: toHex(txId),
	});
};

/** Until somebody answers. */
const handIn = async (
	ports: SubmitPorts,
	signed: SignedTransaction,
	signal: AbortSignal | undefined,
): Promise<void> => {
	for (let tries = 1; ; tries++) {
		try {
			return await handInOnce(ports, signed, signal);
		} catch (error) {
			// What came twice is refused the second time, perhaps by itself, and for any of many reasons: its inputs are spent, its time
			// is over, its accounts are registered. Of several reasons a node may name only one.
			if (tries > 1 && codeOf(error) === 'CARDANO_TRANSACTION_REFUSED') return;
			if (!isUnclear(error)) throw error;
			if (tries === TRIES_MAX) throw unclearFailure(signed.txId, error);
			await wait(ports.clock, FIRST_WAIT_MS * 2 ** (tries - 1), signal);
		}
	}
};

/**
 * Hands the same bytes in until somebody answers, and resolves once they are in a block. The ledger takes a transaction
 * once however often it comes; so nothing is paid twice as long as nobody signs another one. Therefore whoever catches
 * CARDANO_SUBMISSION_UNCLEAR or CARDANO_TRANSACTION_NOT_CONFIRMED looks for `txId` before he does: only
 * CARDANO_TRANSACTION_REFUSED says that it is not and will not be in a block, to whoever has just signed these bytes. (What an
 * earlier run has handed in may be refused because it is in a block.)
 */
export const submitSurely = async (
	ports: SubmitPorts,
	signed: SignedTransaction,
	signal?: AbortSignal,
): Promise<void> => {
	await handIn(ports, signed, signal);
	if (await confirmed(ports, signed.txId, signal)) return;
	throw new NodeError({
		code: 'CARDANO_TRANSACTION_NOT_CONFIRMED',
		message: 'The transaction was handed in but is in no block yet: look for it later before trying again.',
		txId: toHex(signed.txId),
	});
};
