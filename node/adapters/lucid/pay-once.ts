/** What is signed is noted before it is handed in, and looked for before anything else is signed. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ExecutedTransaction, Keep} from './execute-plan.ts';
import type {SignedPayment} from './signed-payment.ts';
import {type SignedTransaction, type SubmitPorts, saysInputSpent, submitSurely} from './submit-surely.ts';

/** Room for one payment: a wallet signs the next one when the last one is settled. */
export type PaymentJournal = {
	/** Where it is, for messages. */
	readonly place: string;
	/** Does `task` while no other process pays from this wallet. */
	alone<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
	read(): Promise<SignedPayment | undefined>;
	/** On disk for good when it resolves. */
	write(payment: SignedPayment): Promise<void>;
	clear(): Promise<void>;
};

/** Whether what a transaction spends and reads is there: all of it, not any more, or nobody has heard of some. */
export type InputsState = 'there' | 'spent' | 'unknown';

export type SettlePorts = SubmitPorts & {
	/** When the newest block was made that the index shows, in Unix milliseconds. */
	shownMs(signal: AbortSignal | undefined): Promise<number>;
	/** As blocks tell; what only waits for a block changes nothing. */
	inputs(signed: SignedTransaction, signal: AbortSignal | undefined): Promise<InputsState>;
};

const POLL_MS = 200;
const TIMEOUT_MS = 180_000;

const codeOf = (error: unknown): string | undefined => (error instanceof NodeError ? error.code : undefined);

const notSettled = (txId: Hash32, place: string, why: string): NodeError =>
	new NodeError({
		code: 'CARDANO_PAYMENT_OPEN',
		txId: toHex(txId),
		file: place,
		message: `An earlier run has signed transaction ${toHex(txId)}, and ${why}. Nothing is signed before that is known: try again later. If that transaction was for another Cardano network, move ${place} away.`,
	});

/** When the ledger refused it, and whether because of what it spends; undefined when it is in a block. */
type Refusal = {readonly atMs: number; readonly saysSpent: boolean};

const handInAgain = async (
	ports: SettlePorts,
	signed: SignedTransaction,
	signal: AbortSignal | undefined,
): Promise<Refusal | undefined> => {
	try {
		await submitSurely(ports, signed, signal);
		return undefined;
	} catch (error) {
		if (codeOf(error) !== 'CARDANO_TRANSACTION_REFUSED') throw error;
		return {atMs: ports.clock.now(), saysSpent: saysInputSpent(error)};
	}
};

/**
 * Hands in what an earlier run has signed. Resolves with whether it is in a block; if not, it never will be. What is refused
 * may be in the way of itself, and the index may be behind the node that refuses: so blocks tell, not the refusal.
 */
const settle = async (
	ports: SettlePorts,
	signed: SignedTransaction,
	place: string,
	signal: AbortSignal | undefined,
): Promise<boolean> => {
	if (await ports.isInBlock(signed.txId, signal)) return true;
	const refusal = await handInAgain(ports, signed, signal);
	if (refusal === undefined) return true;
	for (const untilMs = ports.clock.now() + TIMEOUT_MS; ports.clock.now() < untilMs; ) {
		const shownMs = await ports.shownMs(signal);
		const state = await ports.inputs(signed, signal);
		if (await ports.isInBlock(signed.txId, signal)) return true;
		if (state === 'spent') return false;
		if (state === 'unknown') throw notSettled(signed.txId, place, 'what it spends is not known here');
		// Nobody has spent anything of it up to a block after the refusal, which was for another reason, and stays.
		if (!refusal.saysSpent && shownMs > refusal.atMs) return false;
		const wait = signal ?? new AbortController().signal;
		await ports.clock.waitUntil(ports.clock.now() + POLL_MS, {signal: wait});
	}
	throw notSettled(signed.txId, place, 'it is in no block yet');
};

/** Signs, calls `keep` before anybody hears of it, hands in, and resolves when it is in a block. */
type Payment = (keep: Keep) => Promise<ExecutedTransaction>;

export type PaymentOrder = {
	readonly journal: PaymentJournal;
	readonly ports: SettlePorts;
	readonly purpose: string;
	/** Hears of a payment for something else that an earlier run had signed and that is in a block now. */
	readonly onSettled?: ((payment: SignedPayment) => void) | undefined;
	readonly signal?: AbortSignal | undefined;
};

/** What an earlier run has signed for this purpose, once it is in a block. The journal has room again then. */
const settleLeft = async ({
	journal,
	ports,
	purpose,
	onSettled,
	signal,
}: PaymentOrder): Promise<ExecutedTransaction | undefined> => {
	const left = await journal.read();
	if (left === undefined) return undefined;
	const isInBlock = await settle(ports, left, journal.place, signal);
	await journal.clear();
	if (!isInBlock) return undefined;
	if (left.purpose === purpose) return {...left.executed, isResumed: true};
	onSettled?.(left);
	return undefined;
};

/** Nothing is signed: only what an earlier run has signed for this purpose is seen into a block. */
export const resumePayment = (order: PaymentOrder): Promise<ExecutedTransaction | undefined> =>
	order.journal.alone(() => settleLeft(order), order.signal);

/** Finishes what an earlier run has signed for this purpose, or else pays. */
export const payOnce = (order: PaymentOrder, pay: Payment): Promise<ExecutedTransaction> => {
	const {journal, purpose, signal} = order;
	return journal.alone(async () => {
		const left = await settleLeft(order);
		if (left !== undefined) return left;
		try {
			const executed = await pay((signed, will) => journal.write({...signed, purpose, executed: will}));
			await journal.clear();
			return executed;
		} catch (error) {
			// Then the ledger has said that it is not and will not be in a block.
			if (codeOf(error) === 'CARDANO_TRANSACTION_REFUSED') await journal.clear();
			throw error;
		}
	}, signal);
};
