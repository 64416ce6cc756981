import type {Command} from 'commander';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {openStorage} from '../customer-options.ts';
import {checkMissed, fetchEach, type Missed} from '../fetch-each.ts';
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

const restore: Verb = async (_words, options, signal): Promise<Answer> => {
	const keyFile = await keyFileOf(options);
	const storage = await openStorage(options, keyFile);
	try {
		const rows: (readonly string[])[] = [];
		const data: object[] = [];
		const missed: Missed[] = [];
		let got = 0;
		for (const {name: bucket} of await storage.buckets.list({signal})) {
			const objects = await storage.buckets.restore(bucket, {signal});
			const size = objects.reduce((sum, {entry}) => sum + (entry.kind === 'object' ? entry.size : 0), 0);
			const names = objects.map(({name}) => name);
			if (typeof options['into'] === 'string') {
				const fetched = await fetchEach(
					{folder: options['into'], bucket, names},
					(name, sink) => storage.buckets.get({bucket, name, sink}, {signal}),
					signal,
				);
				got += fetched.got.length;
				missed.push(...fetched.missed);
			}
			rows.push([bucket, String(objects.length), byteSize(size)]);
			data.push({bucket, objects: names, size});
		}
		checkMissed(missed, got);
		return {
			data: {key: keyFile, buckets: data},
			text: `${table(['bucket', '>files', '>size'], rows)}\nkey ${keyFile}`,
		};
	} finally {
		await storage.close();
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
