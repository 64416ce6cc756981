/** Cardano transactions in cardano-cli's files: built here, signed anywhere, submitted from here or elsewhere. */
import path from 'node:path';
import type {Command} from 'commander';
import {fromHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Deliver, DraftTransaction, ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readTextEnvelope, writeTextEnvelope} from '#node/adapters/text-envelope';
import {decodeWitnessed, encodeWitnessed, type WitnessedTransaction} from '#onchain/cardano/witnesses';
import {type Answer, type Options, optionalText} from './answer.ts';
import {ada, byteSize} from './format.ts';

/** cardano-cli's names; newer versions write the last one for both. */
const UNSIGNED = 'Unwitnessed Tx ConwayEra';
const SIGNED = 'Witnessed Tx ConwayEra';
const EITHER = 'Tx ConwayEra';

/** The option of commands whose transaction may be signed elsewhere. */
export const withDraft = (command: Command): Command =>
	command.option(
		'--out <file>',
		'write the transaction there, unsigned; --wallet may then be a verification key, an address or a policy too',
	);

export const writeCardanoFile = (file: string, cbor: Uint8Array, isSigned: boolean): Promise<void> =>
	writeTextEnvelope(
		file,
		{type: isSigned ? SIGNED : UNSIGNED, description: 'Ledger Cddl Format', cbor},
		{replace: true},
	);

export const writeDraft =
	(file: string) =>
	({cbor}: DraftTransaction): Promise<void> =>
		writeCardanoFile(file, fromHex(cbor), false);

/** Several that are submitted in their order: `deploy.json` stands for `deploy.1.json`, `deploy.2.json` and so on. */
export const writeDrafts = (
	file: string,
): {readonly deliver: Deliver /** Grows. */; readonly files: readonly string[]} => {
	const {dir, name, ext} = path.parse(file);
	const files: string[] = [];
	const deliver: Deliver = async draft => {
		const next = path.join(dir, `${name}.${files.length + 1}${ext}`);
		await writeDraft(next)(draft);
		files.push(next);
	};
	return {deliver, files};
};

/** Throws KEY_FILE_BAD, CARDANO_TRANSACTION_UNREADABLE and FILE_…. */
export const readCardanoFile = async (file: string): Promise<WitnessedTransaction> => {
	const {cbor} = await readTextEnvelope(file, UNSIGNED, SIGNED, EITHER);
	const decoded = decodeWitnessed(await createNativeCrypto(), cbor);
	if (decoded.ok) return decoded.value;
	throw new NodeError({
		code: 'CARDANO_TRANSACTION_UNREADABLE',
		message: `${file} does not hold a Cardano transaction.`,
		file,
		failure: decoded.error,
	});
};

export const rewriteCardanoFile = (file: string, transaction: WitnessedTransaction): Promise<void> =>
	writeCardanoFile(file, encodeWitnessed(transaction), true);

/** What is said of a transaction that only stands in a file. */
export const draftText = (
	file: string,
	{txId, size, fee}: Pick<ExecutedTransaction, 'txId' | 'size' | 'fee'>,
	what: string,
): string =>
	`transaction ${toHex(txId)} in ${file} (${byteSize(size)}, fee ${ada(fee)}): ${what}\nnothing has happened yet: sign it with "dcloud cardano sign" or cardano-cli, then "dcloud cardano submit". It is void once the wallet spends what it spends.`;

/** What a verb answers when its transaction went into a file; undefined when it was submitted. */
export const draftAnswer = (
	options: Options,
	transaction: ExecutedTransaction,
	what: string,
	more: Readonly<Record<string, unknown>> = {},
): Answer | undefined => {
	const file = optionalText(options, 'out');
	if (file === undefined) return undefined;
	const {txId, size, fee} = transaction;
	return {
		data: {...more, txId, fee, size, file, submitted: false},
		text: draftText(file, transaction, what),
	};
};
