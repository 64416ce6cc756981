/** `dcloud file … --bucket`: files under names that are kept in the network itself. */
import path from 'node:path';
import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import {EPOCH_MAX} from '#ledger/limits';
import {openFileSource} from '#node/adapters/byte-files';
import type {GetProgress} from '#node/services/storage-client/get-file';
import type {ListedObject} from '#node/services/storage-client/open-by-name';
import {LIST_LIMIT_MAX} from '#pieces/metadata/limits';
import {type Answer, type Options, optionalText} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {barOf, mebibytes, sinkOf, withClient} from '../customer-options.ts';
import type {Progress} from '../demo/progress.ts';
import {byteSize, short} from '../format.ts';
import {rangeOption} from '../range-option.ts';
import {textOption} from '../sending.ts';
import {serviceOption} from '../service-option.ts';
import {table} from '../table.ts';

const sizeOf = ({entry}: ListedObject): number => (entry.kind === 'object' ? entry.size : 0);
const digestOf = ({entry}: ListedObject): string => (entry.kind === 'object' ? toHex(entry.sha256) : '');

/** What scripts see of an object: nothing of where its pieces are. */
const dataOf = (object: ListedObject): object => ({
	name: object.name,
	version: toHex(object.version),
	size: sizeOf(object),
	sha256: digestOf(object),
	...(object.entry.kind === 'object' && {
		contentType: object.entry.contentType,
		modifiedMs: object.entry.modifiedMs,
	}),
});

export const putObject = (file: string, options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const source = await openFileSource(file);
		let bar: Progress | undefined;
		try {
			const contentType = optionalText(options, 'contentType');
			const put = await buckets.put({
				bucket: textOption(options, 'bucket'),
				name: optionalText(options, 'name') ?? path.basename(file),
				source,
				epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
				...(contentType !== undefined && {contentType}),
				...serviceOption(options),
				signal,
				onProgress: progress => {
					if (progress.phase !== 'upload') return;
					bar ??= barOf(options, 'pieces sent', progress.totalBytes);
					bar.advance(mebibytes(progress.sentBytes));
				},
			});
			bar?.finish();
			return {
				data: dataOf(put),
				text: `${put.name}: ${byteSize(sizeOf(put))} in ${options['bucket']}\nSHA-256 ${digestOf(put)}`,
			};
		} finally {
			await source.close();
		}
	});

export const versionOption = (options: Options): {readonly version?: Uint8Array} => {
	const given = optionalText(options, 'objectVersion');
	if (given === undefined) return {};
	const version = parseHex(given);
	if (version?.length === 16) return {version};
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: '--object-version wants the 32 hexadecimal digits that a listing shows.',
	});
};

export const getObject = (
	{name, target}: {readonly name: string; readonly target: string},
	options: Options,
	signal: AbortSignal,
): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const bucket = textOption(options, 'bucket');
		const sink = await sinkOf(options, target);
		let bar: Progress | undefined;
		const onProgress = ({bytes, totalBytes}: GetProgress): void => {
			bar ??= barOf(options, 'bytes back', totalBytes);
			bar.advance(mebibytes(bytes));
		};
		const object = {bucket, name, ...versionOption(options), ...rangeOption(options), sink, onProgress};
		const got = await buckets.get(object, {signal});
		bar?.finish();
		return {
			data: {...dataOf(got), file: target},
			text: `${name}: ${byteSize(sizeOf(got))} in ${target}\nSHA-256 ${digestOf(got)}`,
		};
	});

export const removeObject = (name: string, options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const bucket = textOption(options, 'bucket');
		await buckets.delete({bucket, name, ...versionOption(options)}, {signal});
		return {data: {bucket, name}, text: `${name} is no longer in ${bucket}`};
	});

const bytesOption = (options: Options, name: string): Uint8Array | undefined => {
	const value = optionalText(options, name);
	return value === undefined ? undefined : encodeUtf8(value);
};

/** Every version with the id under which `--object-version` gets it; marks of deletion among them. */
export const listVersions = (options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const prefix = bytesOption(options, 'prefix');
		const limit = countOption(options, 'limit', LIST_LIMIT_MAX) ?? 1000;
		const page = {limit, ...(prefix && {prefix})};
		const {versions, next} = await buckets.versions(textOption(options, 'bucket'), page, {signal});
		const rows = versions.map(object => [
			object.name,
			object.entry.kind === 'object' ? byteSize(sizeOf(object)) : 'deleted',
			toHex(object.version),
			new Date(object.entry.modifiedMs).toISOString(),
		]);
		const more = next === null ? '' : '\nthere is more: a longer --prefix, or a larger --limit';
		const kindOf = ({entry: {kind, modifiedMs}}: ListedObject): object => ({kind, modifiedMs});
		return {
			data: {versions: versions.map(each => ({...dataOf(each), ...kindOf(each)})), more: next !== null},
			text: `${table(['name', '>size', 'version', 'written'], rows)}${more}`,
		};
	});

export const listBucket = (options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const prefix = bytesOption(options, 'prefix');
		const delimiter = bytesOption(options, 'delimiter');
		const startAfter = bytesOption(options, 'startAfter');
		const {objects, commonPrefixes, next} = await buckets.listing(
			textOption(options, 'bucket'),
			{
				limit: countOption(options, 'limit', LIST_LIMIT_MAX) ?? 1000,
				...(prefix && {prefix}),
				...(delimiter && {delimiter}),
				...(startAfter && {startAfter}),
			},
			{signal},
		);
		const rows = [
			...commonPrefixes.map(group => [group, '', '', '']),
			...objects.map(object => [
				object.name,
				byteSize(sizeOf(object)),
				toHex(object.version),
				short(digestOf(object)),
			]),
		];
		const more = next === null ? '' : '\nthere is more: --start-after the last name, or a larger --limit';
		return {
			data: {objects: objects.map(dataOf), commonPrefixes, more: next !== null},
			text: `${table(['name', '>size', 'version', 'SHA-256'], rows)}${more}`,
		};
	});
