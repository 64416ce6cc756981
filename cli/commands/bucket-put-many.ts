/** `dcloud file put … --bucket` with several files, or folders: all of them as one change. */
import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {defined} from '#kernel/assert';
import {EPOCH_MAX} from '#ledger/limits';
import {openFileSource} from '#node/adapters/byte-files';
import {fileFailure} from '#node/adapters/private-file';
import type {ByteSource} from '#node/ports/byte-file';
import {type Answer, type Options, optionalText} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {countingBarOf, withClient} from '../customer-options.ts';
import type {Progress} from '../demo/progress.ts';
import {byteSize} from '../format.ts';
import {textOption} from '../sending.ts';
import {serviceOption} from '../service-option.ts';

/** What is called so on this machine, and what it is to be called there. */
type Named = {readonly file: string; readonly name: string};

const isFolder = async (file: string): Promise<boolean> => {
	try {
		return (await stat(file)).isDirectory();
	} catch (cause) {
		throw fileFailure(cause, file, 'read');
	}
};

type Sourced = {readonly name: string; readonly source: ByteSource; readonly contentType?: string};

/** A file under its own name; what is in a folder under the folder's name and the way there. */
const namesOf = async (given: string): Promise<readonly Named[]> => {
	const top = path.basename(path.resolve(given));
	if (!(await isFolder(given))) return [{file: given, name: top}];
	const entries = await readdir(given, {withFileTypes: true, recursive: true});
	return entries
		.filter(entry => entry.isFile())
		.map(entry => {
			const file = path.join(entry.parentPath, entry.name);
			return {file, name: [top, ...path.relative(given, file).split(path.sep)].join('/')};
		})
		.toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

/** Opened when it is read, so that a folder of many files needs few handles. */
const lazySource = async ({file}: Named): Promise<ByteSource> => {
	const {length, close} = await openFileSource(file);
	await close();
	return {
		length,
		read: async (offset, into) => {
			const source = await openFileSource(file);
			try {
				await source.read(offset, into);
			} finally {
				await source.close();
			}
		},
	};
};

export const isMany = async (files: readonly string[]): Promise<boolean> =>
	files.length > 1 || (await isFolder(defined(files[0], 'a file is named')));

export const putMany = (files: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const prefix = optionalText(options, 'name') ?? '';
		const contentType = optionalText(options, 'contentType');
		const named = (await Promise.all(files.map(namesOf))).flat();
		const objects: Sourced[] = [];
		for (const each of named)
			objects.push({
				name: `${prefix}${each.name}`,
				source: await lazySource(each),
				...(contentType !== undefined && {contentType}),
			});
		let bar: Progress | undefined;
		const bucket = textOption(options, 'bucket');
		const put = await buckets.putMany(bucket, objects, {
			epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
			...serviceOption(options),
			signal,
			onStored: (stored, all) => {
				bar ??= countingBarOf(options, {label: 'files stored', total: all, unit: 'files'});
				bar.advance(stored);
			},
		});
		bar?.finish();
		const bytes = objects.reduce((sum, {source}) => sum + source.length, 0);
		return {
			data: {bucket, objects: put.length, bytes, names: put.map(({name}) => name)},
			text: `${put.length} files, ${byteSize(bytes)} in ${bucket}`,
		};
	});
