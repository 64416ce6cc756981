/** `dcloud file get` with a share: the link or the file is all that is needed. */
import path from 'node:path';
import {isShareLink} from '#access/share';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {OpenedShare, SharedName} from '#node/services/sharing/open-share';
import {openSharedObjects, type SharedObjectsOptions} from '#node/storage-users';
import type {Answer, Options} from '../answer.ts';
import {sinkOf} from '../customer-options.ts';
import {checkMissed, fetchEach} from '../fetch-each.ts';
import {byteSize} from '../format.ts';
import {openNode} from '../node-client.ts';
import {rangeOption} from '../range-option.ts';
import {textOption} from '../sending.ts';
import {shareOf} from '../share-input.ts';
import {transportConfig} from '../transport-options.ts';
import {parseAmount} from '../wallet.ts';

/** Who pays: the owner, with what it put aside for the share, or whoever reads. */
const payerOf = async (options: Options): Promise<Pick<SharedObjectsOptions, 'payMax' | 'payerSeed'>> => {
	const {payer = 'owner', pay} = options;
	if (payer !== 'owner' && payer !== 'downloader')
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--payer wants owner or downloader, not "${String(payer)}".`,
		});
	if (payer === 'downloader') {
		const payerSeed = await readKeyFile(textOption(options, 'key'), 'PaymentSigningKeyShelley_ed25519');
		return {payerSeed, payMax: parseAmount(textOption(options, 'pay'))};
	}
	return typeof pay === 'string' ? {payMax: parseAmount(pay)} : {};
};

const dataOf = ({name, size, sha256}: SharedName, file: string): object => ({
	name,
	size,
	sha256: toHex(sha256),
	file,
});

/** All of a folder, each object below `folder` under its own name. */
const getAll = async (opened: OpenedShare, folder: string, signal: AbortSignal): Promise<Answer> => {
	const base = path.resolve(folder);
	const {got, missed} = await fetchEach(
		{
			folder: path.dirname(base),
			bucket: path.basename(base),
			names: opened.objects.map(({name}) => name),
		},
		async (name, sink, target) => dataOf(await opened.get(name, {sink}, {signal}), target),
		signal,
	);
	checkMissed(missed, got.length);
	return {
		data: {folder, objects: got},
		text: `${got.length} files of ${opened.bucketName} in ${folder}`,
	};
};

const getOne = async (
	opened: OpenedShare,
	name: string,
	{
		target,
		options,
		signal,
	}: {readonly target: string | undefined; readonly options: Options; readonly signal: AbortSignal},
): Promise<Answer> => {
	const file = target ?? path.basename(name);
	const wanted = {sink: await sinkOf(options, file), ...rangeOption(options)};
	const got = await opened.get(name, wanted, {signal});
	return {
		data: dataOf(got, file),
		text: `${name}: ${byteSize(got.size)} in ${file}\nSHA-256 ${toHex(got.sha256)}`,
	};
};

export const getShared = async (
	[first = '', target]: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const shared = await shareOf(first, options);
	const connections = {control: await openNode(options), transport: await transportConfig(options)};
	const opened = await openSharedObjects({...connections, ...(await payerOf(options))}, shared);
	try {
		const given = isShareLink(first) ? options['name'] : first;
		if (typeof given === 'string' && !(opened.isFolder && given === opened.name))
			return await getOne(opened, given, {target, options, signal});
		return opened.isFolder
			? await getAll(opened, target ?? opened.bucketName, signal)
			: await getOne(opened, opened.name, {target, options, signal});
	} finally {
		opened.close();
	}
};
