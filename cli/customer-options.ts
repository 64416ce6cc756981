/** What every command of a customer shares: whose files, where, and how far. */
import process from 'node:process';
import type {Command} from 'commander';
import type {AccountId} from '#kernel/hash';
import {openFileSink, openResumableFileSink} from '#node/adapters/byte-files';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {ByteSink} from '#node/ports/byte-file';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {openCustomer} from '#node/storage-users';
import {accountOf} from './account-id.ts';
import type {Options} from './answer.ts';
import {createProgress, type Progress} from './demo/progress.ts';
import {openNode, withNode} from './node-client.ts';
import {textOption} from './sending.ts';
import {transportConfig, withTransport} from './transport-options.ts';
import {parseAmount, parseId} from './wallet.ts';

const MIB = 2 ** 20;

export const withStorage = (command: Command): Command =>
	withTransport(withNode(command))
		.requiredOption('--key <file>', 'signing key of the account that owns the files')
		.option('--data <folder>', 'where the encrypted manifests are kept (default: KEY.files)')
		.option(
			'--paid-by <account>',
			'who pays for new agreements (default: who pays those that run, or --key)',
		);

/** For reading what one was given, too: then no key is needed. */
export const withReader = (command: Command): Command =>
	withTransport(withNode(command))
		.option('--key <file>', 'signing key of the account that owns the files; not needed with a share')
		.option('--data <folder>', 'where the encrypted manifests are kept (default: KEY.files)');

export const withRepairer = (command: Command): Command =>
	command.option('--repairer <key>', 'verification key of who may repair it (default: its owner)');

const repairerOption = (options: Options): {repairerVk?: Uint8Array} =>
	typeof options['repairer'] === 'string'
		? {repairerVk: parseId<Uint8Array>(options['repairer'], 32, 'A verification key')}
		: {};

const paidByOption = async (options: Options): Promise<{paidBy?: AccountId}> =>
	typeof options['paidBy'] === 'string'
		? {paidBy: parseId<AccountId>(await accountOf(options['paidBy']), 28, 'An account id')}
		: {};

/** The manifests stand beside the key unless --data says otherwise: whoever has both has the files. */
export const openStorage = async (
	options: Options,
	keyFile: string = textOption(options, 'key'),
): Promise<StorageClient> => {
	const folder = typeof options['data'] === 'string' ? options['data'] : `${keyFile}.files`;
	const seed = await readKeyFile(keyFile, 'PaymentSigningKeyShelley_ed25519');
	const payMax = typeof options['pay'] === 'string' ? parseAmount(options['pay']) : undefined;
	const control = await openNode(options);
	const transport = await transportConfig(options);
	const paying = {...(payMax !== undefined && {payMax}), ...(await paidByOption(options))};
	return openCustomer({control, seed, folder, transport, ...paying, ...repairerOption(options)});
};

/** Where a file comes back to; with --resume what an earlier try has left is gone on with. A part of a file starts anew. */
export const sinkOf = (options: Options, target: string): Promise<ByteSink> =>
	options['resume'] === true && options['range'] === undefined
		? openResumableFileSink(target)
		: openFileSink(target);

/** Opens, works, closes. */
export const withClient = async <T>(
	options: Options,
	work: (storage: StorageClient) => Promise<T>,
): Promise<T> => {
	const storage = await openStorage(options);
	try {
		return await work(storage);
	} finally {
		await storage.close();
	}
};

/** A bar of whole MiB; silent with --json. */
export const barOf = (options: Options, label: string, bytes: number): Progress =>
	countingBarOf(options, {label, total: Math.max(1, Math.round(bytes / MIB)), unit: 'MiB'});

export const countingBarOf = (
	options: Options,
	what: {readonly label: string; readonly total: number; readonly unit: string},
): Progress =>
	createProgress({
		...what,
		terminal: process.stderr.isTTY === true && options['json'] !== true,
		line: text => {
			if (options['json'] !== true) process.stderr.write(`${text}\n`);
		},
	});

export const mebibytes = (bytes: number): number => Math.round(bytes / MIB);
