import path from 'node:path';
import type {Command} from 'commander';
import {isShareLink} from '#access/share';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import {openFileSource} from '#node/adapters/byte-files';
import {writeFileAtomically} from '#node/adapters/private-file';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {
	barOf,
	mebibytes,
	openStorage,
	sinkOf,
	withReader,
	withRepairer,
	withStorage,
} from '../customer-options.ts';
import type {Progress} from '../demo/progress.ts';
import {byteSize, short} from '../format.ts';
import {rangeOption} from '../range-option.ts';
import {textOption} from '../sending.ts';
import {serviceOption} from '../service-option.ts';
import {table} from '../table.ts';
import {fundsWarning} from './account-status.ts';
import {getObject, listBucket, listVersions, putObject, removeObject} from './bucket-objects.ts';
import {isMany, putMany} from './bucket-put-many.ts';
import {demand} from './file-demand.ts';
import {quote} from './file-quote.ts';
import {getShared} from './share-get.ts';

const put = async (
	[file = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const storage = await openStorage(options);
	const source = await openFileSource(file);
	let bar: Progress | undefined;
	try {
		const stored = await storage.putFile({
			name: typeof options['name'] === 'string' ? options['name'] : path.basename(file),
			source,
			epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
			lockEpochs: countOption(options, 'lock', EPOCH_MAX) ?? 0,
			...serviceOption(options),
			signal,
			onProgress: progress => {
				if (progress.phase !== 'upload') return;
				bar ??= barOf(options, 'pieces sent', progress.totalBytes);
				bar.advance(mebibytes(progress.sentBytes));
			},
		});
		bar?.finish();
		const warning = fundsWarning(await storage.budget({signal}));
		const lines = [
			`${stored.name}: ${byteSize(stored.size)} in ${stored.pieces} pieces on ${stored.holders.length} providers`,
			`SHA-256 ${toHex(stored.sha256)}`,
			...(stored.keptSegments > 0 ? [`${stored.keptSegments} segments were there from before`] : []),
			...(warning === undefined ? [] : [warning]),
		];
		return {data: {...stored, warning: warning ?? null}, text: lines.join('\n')};
	} finally {
		await storage.close();
		await source.close();
	}
};

const get = async (
	[name = '', target = name]: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const storage = await openStorage(options);
	let bar: Progress | undefined;
	try {
		const fetched = await storage.getFile({
			name,
			sink: await sinkOf(options, target),
			...rangeOption(options),
			signal,
			onProgress: ({bytes, totalBytes}) => {
				bar ??= barOf(options, 'bytes back', totalBytes);
				bar.advance(mebibytes(bytes));
			},
		});
		bar?.finish();
		return {
			data: {...fetched, file: target},
			text: `${name}: ${byteSize(fetched.size)} in ${target}\nSHA-256 ${toHex(fetched.sha256)}`,
		};
	} finally {
		await storage.close();
	}
};

const list = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const storage = await openStorage(options);
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
		await storage.close();
	}
};

const ticket = async ([name = '']: readonly string[], options: Options): Promise<Answer> => {
	const storage = await openStorage(options);
	try {
		const {sealed, repairKey} = await storage.repairTicket(name);
		const out = textOption(options, 'out');
		await writeFileAtomically(out, sealed);
		return {
			data: {file: out, repairKey},
			text: `repair ticket of ${name} in ${out}: hand it to the repairer, and by another way its key\n${toHex(repairKey)}`,
		};
	} finally {
		await storage.close();
	}
};

const inBucket = (options: Options): boolean => typeof options['bucket'] === 'string';

/** In a bucket, or as ever on this machine's own list. */
const putAnywhere: Verb = async (files, options, signal) => {
	const [file = ''] = files;
	serviceOption(options);
	if (options['quote'] === true && files.length === 1) return quote(file, options, signal);
	const many = await isMany(files);
	if (inBucket(options) && options['quote'] !== true)
		return many ? putMany(files, options, signal) : putObject(file, options, signal);
	if (many)
		throw new NodeError({
			code: 'OPTION_MISSING',
			message:
				'Several files, or a folder, go into a bucket: say which with --bucket. A quote is for one file.',
		});
	return put(files, options, signal);
};
const getAnywhere: Verb = (words, options, signal) => {
	const [name = '', target = path.basename(name)] = words;
	if (isShareLink(name) || typeof options['share'] === 'string') return getShared(words, options, signal);
	return inBucket(options) ? getObject({name, target}, options, signal) : get(words, options, signal);
};
const listAnywhere: Verb = (words, options, signal) =>
	inBucket(options)
		? (options['versions'] === true ? listVersions : listBucket)(options, signal)
		: list(words, options);
/** Out of a bucket; or for good, with a receipt for whoever wants to see one. */
const remove: Verb = ([name = ''], options, signal) =>
	inBucket(options) ? removeObject(name, options, signal) : removeWithReceipt(name, options, signal);

const removeWithReceipt = async (name: string, options: Options, signal: AbortSignal): Promise<Answer> => {
	const out = options['receipt'];
	const storage = await openStorage(options);
	try {
		const {freed, pieces, left} = await storage.removeFile({
			name,
			signal,
			keepReceipt: async receipt => {
				if (typeof out === 'string') await writeFileAtomically(out, receipt, {exclusive: true});
			},
		});
		const receipt = typeof out === 'string' ? out : null;
		return {
			data: {name, freed, pieces, left, receipt},
			text: [
				`${name}: ${pieces} pieces are out of ${freed} agreements, its keys are destroyed`,
				...(left.length === 0
					? []
					: [
							`${left.length} agreements were left as they are: ${left.map(({reason}) => reason).join(', ')}`,
						]),
				...(receipt === null ? [] : [`receipt in ${receipt}: "dcloud receipt verify ${receipt}" checks it`]),
			].join('\n'),
		};
	} finally {
		await storage.close();
	}
};

const PAY = [
	'--pay <amount>',
	'pay for it on open channels, at most so much per GiB (lovelace or ADA)',
] as const;
const BUCKET = ['--bucket <name>', 'the bucket that it is in'] as const;

export const register = (noun: Command): void => {
	answers(
		withRepairer(
			withStorage(
				noun
					.command('put')
					.description('encrypt files and place them on providers')
					.argument('<file...>', 'one file; with --bucket also several, and folders'),
			),
		)
			.option('--name <name>', 'what it is called (default: its own name); of several: what all begin with')
			.option('--epochs <n>', 'how long it is kept', '10')
			.option('--lock <n>', 'for so many epochs nobody can delete it, its owner neither')
			.option('--quote', 'only say what it would cost')
			.option('--service-class <name>', 'what providers promise of giving it back: archive, standard or fast')
			.option('--bucket <name>', 'into this bucket, where the key alone finds it again')
			.option('--content-type <type>', 'with --bucket: what it is'),
		putAnywhere,
	);
	answers(
		withReader(
			noun
				.command('get')
				.description('bring a file back')
				.argument('<name>', 'its name, or a link that its owner shared')
				.argument('[target]', 'default: its name'),
		)
			.option('--share <file>', 'out of the share in this file')
			.option('--name <object>', 'with the link of a folder: only this object')
			.option('--payer <who>', 'of a share: owner (default) or downloader, who gives --key and --pay')
			.option(...BUCKET)
			.option('--object-version <id>', 'with --bucket: an older version')
			.option('--range <first-last>', 'only these bytes, counted from 0')
			.option('--resume', 'keep what came when it breaks off, and go on from there the next time')
			.option(...PAY),
		getAnywhere,
	);
	answers(
		withStorage(noun.command('list').description('the files of an account, or of a bucket'))
			.option(...BUCKET)
			.option('--versions', 'with --bucket: every version of each, and when it was deleted')
			.option('--prefix <text>', 'with --bucket: only names that begin so')
			.option('--delimiter <text>', 'with --bucket: names that go on after it are one line')
			.option('--start-after <name>', 'with --bucket: only names after this one')
			.option('--limit <n>', 'with --bucket: at most so many lines', '1000'),
		listAnywhere,
	);
	answers(
		withStorage(
			noun
				.command('remove')
				.description('delete a file and its keys for good; or one in a bucket, or one version of it')
				.argument('<name>'),
		)
			.option(...BUCKET)
			.option('--receipt <file>', 'without --bucket: where the proof of the deletion goes')
			.option('--object-version <id>', 'this version, for good'),
		remove,
	);
	registerUpkeep(noun);
};

/** What keeps a file where it is. */
const registerUpkeep = (noun: Command): void => {
	answers(
		withStorage(
			noun
				.command('demand')
				.description('ask every provider of a file for its pieces; of who gives none, on the chain')
				.argument('<name>'),
		)
			.option(...BUCKET)
			.option('--object-version <id>', 'with --bucket: an older version')
			.option('--wait', 'until each demand is answered or its time is over')
			.option(...PAY),
		demand,
	);
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
