/** What a wallet has signed and is not in a block yet, in a file: so that no later run signs it once more. */
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {isLocked, lockFolder} from '../folder-lock.ts';
import {fileFailure, readBoundedFile, writeFileAtomically} from '../private-file.ts';
import {createSystemClock} from '../system-clock.ts';
import type {PaymentJournal} from './pay-once.ts';
import {type SignedPayment, signedPaymentOf} from './signed-payment.ts';

/** A transaction in hexadecimal, with room for the rest. */
const BYTES_MAX = 256 * 1024;
const LOCK_POLL_MS = 200;
const LOCK_TIMEOUT_MS = 300_000;
const NEVER: AbortSignal = new AbortController().signal;

const paymentText = ({purpose, txId, cbor, executed}: SignedPayment): string => {
	const {size, fee, executionUnits} = executed;
	const {cpu, memory} = executionUnits;
	const json = {
		version: 1,
		purpose,
		txId: toHex(txId),
		cbor,
		size,
		fee: String(fee),
		cpu: String(cpu),
		memory: String(memory),
	};
	return `${JSON.stringify(json, null, '\t')}\n`;
};

const readPayment = async (file: string): Promise<SignedPayment | undefined> => {
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: BYTES_MAX});
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
	const payment = signedPaymentOf(text);
	if (payment !== undefined) return payment;
	throw new NodeError({
		code: 'CARDANO_PAYMENT_FILE_BAD',
		file,
		message: `${file} does not hold a payment that this program signed: look at what the wallet has paid, then move the file away.`,
	});
};

/**
 * One file in `folder` for each Cardano network, and a lock beside it: two processes with one wallet take turns. Throws
 * CARDANO_PAYMENT_FILE_BAD, CARDANO_WALLET_BUSY, FILE_….
 */
export const createPaymentJournal = (folder: string, networkMagic: number): PaymentJournal => {
	const file = path.join(folder, `${networkMagic}.json`);
	const clock = createSystemClock();

	const lock = async (signal: AbortSignal) => {
		for (const untilMs = clock.now() + LOCK_TIMEOUT_MS; ; ) {
			try {
				return await lockFolder(folder);
			} catch (cause) {
				if (!isLocked(cause)) throw fileFailure(cause, folder, 'write');
				if (clock.now() > untilMs)
					throw new NodeError(
						{
							code: 'CARDANO_WALLET_BUSY',
							folder,
							message: `Another process pays from this wallet (${folder} is locked): wait until it ends.`,
						},
						{cause},
					);
				await clock.waitUntil(clock.now() + LOCK_POLL_MS, {signal});
			}
		}
	};

	return {
		place: file,
		alone: async (task, signal = NEVER) => {
			const held = await lock(signal);
			try {
				return await task();
			} finally {
				await held.release();
			}
		},
		read: () => readPayment(file),
		write: payment => writeFileAtomically(file, paymentText(payment)),
		clear: () => rm(file, {force: true}),
	};
};
