import path from 'node:path';
import process from 'node:process';
import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {EPOCH_MAX} from '#ledger/limits';
import {openFileSink, openFileSource} from '#node/adapters/byte-files';
import {writeFileAtomically} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {openCustomer} from '#node/storage-users';
import {type Answer, answers, type Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {createProgress, type Progress} from '../demo/progress.ts';
import {byteSize, short} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {parseId} from '../wallet.ts';

const MIB = 2 ** 20;

/** The manifests stand beside the key unless --data says otherwise: whoever has both has the files. */
const storageOf = async (options: Options): Promise<StorageClient> => {
	const keyFile = textOption(options, 'key');
	const folder = typeof options['data'] === 'string' ? options['data'] : `${keyFile}.files`;
	const seed = await readKeyFile(keyFile, 'PaymentSigningKeyShelley_ed25519');
	return openCustomer({control: await openNode(options), seed, folder});
};

const barOn = (options: Options, label: string, bytes: number): Progress =>
	createProgress({
		label,
		total: Math.max(1, Math.round(bytes / MIB)),
		unit: 'MiB',
		terminal: process.stderr.isTTY === true && options['json'] !== true,
		line: text => {
			if (options['json'] !== true) process.stderr.write(`${text}\n`);
		},
	});

const put = async (
	[file = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const storage = await storageOf(options);
	const source = await openFileSource(file);
	let bar: Progress | undefined;
	try {
		const stored = await storage.putFile({
			name: typeof options['name'] === 'string' ? options['name'] : path.basename(file),
			source,
			epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
			...repairerOption(options),
			signal,
			onProgress: progress => {
				if (progress.phase !== 'upload') return;
				bar ??= barOn(options, 'pieces sent', progress.totalBytes);
				bar.advance(Math.round(progress.sentBytes / MIB));
			},
		});
		bar?.finish();
		return {
			data: stored,
			text: `${stored.name}: ${byteSize(stored.size)} in ${stored.pieces} pieces on ${stored.holders.length} providers\nSHA-256 ${toHex(stored.sha256)}`,
		};
	} finally {
		storage.close();
		await source.close();
	}
};

const get = async (
	[name = '', target = name]: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const storage = await storageOf(options);
	let bar: Progress | undefined;
	try {
		const fetched = await storage.getFile({
			name,
			sink: await openFileSink(target),
			signal,
			onProgress: ({bytes, totalBytes}) => {
				bar ??= barOn(options, 'bytes back', totalBytes);
				bar.advance(Math.round(bytes / MIB));
			},
		});
		bar?.finish();
		return {
			data: {...fetched, file: target},
			text: `${name}: ${byteSize(fetched.size)} in ${target}\nSHA-256 ${toHex(fetched.sha256)}`,
		};
	} finally {
		storage.close();
	}
};

const list = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const storage = await storageOf(options);
	try {
		const files = await storage.listFiles();
		const rows = files.map(file => [
			file.name,
			byteSize(file.size),
			String(file.segments),
			`${file.code.k} of ${file.code.total}`,
			String(file.holders.length),
			short(toHex(file.sha256)),
		]);
		return {data: files, text: table(['name', '>size', '>segments', '>code', '>providers', 'SHA-256'], rows)};
	} finally {
		storage.close();
	}
};

const ticket = async ([name = '']: readonly string[], options: Options): Promise<Answer> => {
	const storage = await storageOf(options);
	try {
		const {sealed, repairKey} = await storage.repairTicket(name);
		const out = textOption(options, 'out');
		await writeFileAtomically(out, sealed);
		return {
			data: {file: out, repairKey},
			text: `repair ticket of ${name} in ${out}: hand it to the repairer, and by another way its key\n${toHex(repairKey)}`,
		};
	} finally {
		storage.close();
	}
};

const repairerOption = (options: Options): {repairerVk?: Uint8Array} =>
	typeof options['repairer'] === 'string'
		? {repairerVk: parseId<Uint8Array>(options['repairer'], 32, 'A verification key')}
		: {};

const withStorage = (command: Command): Command =>
	withNode(command)
		.requiredOption('--key <file>', 'signing key of the account that owns the files')
		.option('--data <folder>', 'where the encrypted manifests are kept (default: KEY.files)');

export const register = (noun: Command): void => {
	answers(
		withStorage(
			noun.command('put').description('encrypt a file and place it on providers').argument('<file>'),
		)
			.option('--name <name>', 'what it is called (default: its own name)')
			.option('--epochs <n>', 'how long it is kept', '10')
			.option('--repairer <key>', 'verification key of who may repair it (default: its owner)'),
		put,
	);
	answers(
		withStorage(
			noun
				.command('get')
				.description('bring a file back')
				.argument('<name>')
				.argument('[target]', 'default: its name'),
		),
		get,
	);
	answers(withStorage(noun.command('list').description('the files of an account')), list);
	answers(
		withStorage(
			noun
				.command('ticket')
				.description('what a repairer needs to rebuild lost pieces, without being able to read them')
				.argument('<name>'),
		).requiredOption('--out <file>', 'where the sealed ticket goes'),
		ticket,
	);
};
