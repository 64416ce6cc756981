import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {openFileSink} from '#node/adapters/byte-files';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {openStorage} from '../customer-options.ts';
import {byteSize} from '../format.ts';
import {withNode} from '../node-client.ts';
import {passphraseOption, phraseOption} from '../phrase-input.ts';
import {writePhraseKeys} from '../phrase-keys.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {withTransport} from '../transport-options.ts';

/** The account's key file: the one that is given, or that of the phrase, which is written first. */
const keyFileOf = async (options: Options): Promise<string> => {
	if (typeof options['key'] === 'string') return options['key'];
	const keys = await writePhraseKeys(await phraseOption(options), {
		passphrase: await passphraseOption(options),
		prefix: textOption(options, 'out'),
		index: countOption(options, 'account', 0x7fff_ffff) ?? 0,
	});
	return keys.signingKey;
};

/** Where an object goes below a folder. Throws OBJECT_NAME_UNSAFE for names that lead out of it. */
export const pathBelow = (folder: string, bucket: string, name: string): string => {
	const base = path.resolve(folder, bucket);
	const target = path.resolve(base, name);
	if (target.startsWith(`${base}${path.sep}`) && !name.includes('\0') && !name.endsWith('/')) return target;
	throw new NodeError({
		code: 'OBJECT_NAME_UNSAFE',
		message: `"${name}" is no name of a file: fetch it by itself, to a name of your choice.`,
		bucket,
		name,
	});
};

const fetchAll = async (
	{buckets}: StorageClient,
	{
		folder,
		bucket,
		names,
	}: {readonly folder: string; readonly bucket: string; readonly names: readonly string[]},
	signal: AbortSignal,
): Promise<void> => {
	for (const name of names) {
		const target = pathBelow(folder, bucket, name);
		await mkdir(path.dirname(target), {recursive: true});
		await buckets.get({bucket, name, sink: await openFileSink(target)}, {signal});
	}
};

const restore: Verb = async (_words, options, signal): Promise<Answer> => {
	const keyFile = await keyFileOf(options);
	const storage = await openStorage(options, keyFile);
	try {
		const rows: (readonly string[])[] = [];
		const data: object[] = [];
		for (const {name: bucket} of await storage.buckets.list({signal})) {
			const objects = await storage.buckets.restore(bucket, {signal});
			const size = objects.reduce((sum, {entry}) => sum + (entry.kind === 'object' ? entry.size : 0), 0);
			const names = objects.map(({name}) => name);
			if (typeof options['into'] === 'string')
				await fetchAll(storage, {folder: options['into'], bucket, names}, signal);
			rows.push([bucket, String(objects.length), byteSize(size)]);
			data.push({bucket, objects: names, size});
		}
		return {
			data: {key: keyFile, buckets: data},
			text: `${table(['bucket', '>files', '>size'], rows)}\nkey ${keyFile}`,
		};
	} finally {
		storage.close();
	}
};

export const register = (noun: Command): void => {
	answers(
		withTransport(withNode(noun))
			.option('--key <file>', 'signing key of the account; or else its phrase:')
			.option('--phrase <file>', 'file with the words (mode 0600); - or nothing reads standard input')
			.option('--out <prefix>', 'with a phrase: writes PREFIX.skey (mode 0600) and PREFIX.vkey')
			.option('--account <n>', 'which of the accounts of the phrase', '0')
			.option('--passphrase <file>', 'the second secret besides the words, if there is one')
			.option('--data <folder>', 'where the encrypted manifests are kept (default: KEY.files)')
			.option('--into <folder>', 'fetch all files, each bucket into a folder of its own'),
		restore,
	);
};
