import {randomBytes} from 'node:crypto';
import type {Command} from 'commander';
import {lastGrant} from '#access/grant';
import {openShareFile, type SharedFile, sealedShareFile} from '#access/share-file';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {EPOCH_MAX} from '#ledger/limits';
import {writeFileAtomically} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import {openSharedObjects, type SharedObjectsOptions} from '#node/storage-users';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {withClient, withStorage} from '../customer-options.ts';
import {ada, byteSize, short} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {shareFilePorts, shareOf} from '../share-input.ts';
import {facts, table} from '../table.ts';
import {transportConfig, withTransport} from '../transport-options.ts';
import {parseAmount} from '../wallet.ts';

/** Writes a share to --out, sealed for the key of --to if there is one. */
const writeShare = async (options: Options, shared: SharedFile): Promise<string> => {
	const out = textOption(options, 'out');
	const ports = await shareFilePorts();
	let text: string | undefined = openShareFile(ports.hasher, shared);
	if (typeof options['to'] === 'string') {
		const recipientVk = await readKeyFile(options['to'], 'PaymentVerificationKeyShelley_ed25519');
		text = sealedShareFile(ports, {recipientVk, ephemeralSeed: new Uint8Array(randomBytes(32))}, shared);
	}
	if (text === undefined)
		throw new NodeError({code: 'KEY_FILE_BAD', message: 'Nothing can be sealed for the key of --to.'});
	await writeFileAtomically(out, text, {exclusive: true});
	return out;
};

const sizeMaxOf = (options: Options): {readonly sizeMax?: number} => {
	const sizeMax = countOption(options, 'sizeMax');
	return sizeMax === undefined ? {} : {sizeMax};
};

const create: Verb = ([given], options, signal): Promise<Answer> =>
	withClient(options, async ({shares}) => {
		// More likely a variable that is not set than the wish to show everything.
		if (given === '')
			throw new NodeError({
				code: 'OBJECT_NAME_EMPTY',
				message: 'The name is empty: for the whole bucket leave it away.',
			});
		const name = given ?? '';
		// Before anything is stored: what is said later is said too late.
		if (typeof options['to'] === 'string') textOption(options, 'out');
		const cap = typeof options['cap'] === 'string' ? parseAmount(options['cap']) : undefined;
		const created = await shares.create({
			bucket: textOption(options, 'bucket'),
			name,
			epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
			...sizeMaxOf(options),
			...(cap !== undefined && {cap}),
			signal,
		});
		const {id, link, objects, notAfter, channels, share} = created;
		const data = {id: toHex(id), objects, notAfterSlot: notAfter, channels};
		const about = `share ${toHex(id).slice(0, 12)}: ${objects} objects, until slot ${notAfter}`;
		const paid = cap === undefined ? '' : `\n${channels} providers are paid at most ${ada(cap)} each for it`;
		if (typeof options['out'] !== 'string' && typeof options['to'] !== 'string')
			return {data: {...data, link}, text: `${about}${paid}\n${link}`};
		const file = await writeShare(options, {share, sealedRecord: new Uint8Array(0)});
		return {data: {...data, file}, text: `${about}${paid}\nit is in ${file}`};
	});

const list: Verb = (_words, options, signal): Promise<Answer> =>
	withClient(options, async ({shares}) => {
		const found = await shares.list({signal});
		const rows = found.map(({id, bucket, name, status, notAfter}) => [
			toHex(id).slice(0, 12),
			`${bucket}/${name}`,
			status,
			String(notAfter),
		]);
		const data = found.map(({id, bucket, name, status, notAfter, link}) => ({
			id: toHex(id),
			bucket,
			name,
			status,
			notAfterSlot: notAfter,
			link,
		}));
		return {data, text: table(['id', 'what', 'status', '>until slot'], rows)};
	});

const revoke: Verb = ([id = ''], options, signal): Promise<Answer> =>
	withClient(options, async ({shares}) => {
		const all = options['all'] === true;
		if (!all && id === '')
			throw new NodeError({code: 'OPTION_MISSING', message: 'Say which share, or --all of them.'});
		const revoked = all ? await shares.revokeAll({signal}) : await shares.revoke(id, {signal});
		const what = revoked.id === null ? 'all shares' : `share ${toHex(revoked.id).slice(0, 12)}`;
		const closing = revoked.channels === 0 ? '' : `; ${revoked.channels} channels close`;
		return {
			data: {id: revoked.id && toHex(revoked.id), channelsClosing: revoked.channels},
			text: `${what}: no provider takes it any more${closing}`,
		};
	});

const readerOf = async (options: Options): Promise<SharedObjectsOptions> => ({
	control: await openNode(options),
	transport: await transportConfig(options),
});

const show: Verb = async ([link = ''], options, signal): Promise<Answer> => {
	const shared = await shareOf(link, options);
	const opened = await openSharedObjects(await readerOf(options), shared);
	try {
		signal.throwIfAborted();
		const {rights, notBefore, notAfter, sizeMax} = opened.terms;
		const {owner} = shared.share.chain.root.body;
		const what = `${opened.bucketName}/${opened.name}`;
		const hands = shared.share.chain.links.length;
		const objects = opened.objects.map(({name, size, sha256, contentType}) => ({
			name,
			size,
			sha256: toHex(sha256),
			contentType,
		}));
		const rows = opened.objects.map(({name, size, sha256}) => [name, byteSize(size), short(toHex(sha256))]);
		const said = facts([
			['what', what],
			['of account', toHex(owner)],
			['passed on', hands === 0 ? 'by nobody' : `${hands} times`],
			['rights', rights.join(', ')],
			['good in slots', `${notBefore} to ${notAfter - 1}`],
			['objects of at most', sizeMax === null ? 'any size' : byteSize(sizeMax)],
		]);
		return {
			data: {
				what,
				owner: toHex(owner),
				passedOn: hands,
				rights,
				notBeforeSlot: notBefore,
				notAfterSlot: notAfter,
				sizeMax,
				objects,
			},
			text: `${said}\n\n${table(['name', '>size', 'SHA-256'], rows)}`,
		};
	} finally {
		opened.close();
	}
};

const pass: Verb = async ([link = ''], options): Promise<Answer> => {
	const shared = await shareOf(link, options);
	const opened = await openSharedObjects(await readerOf(options), shared);
	try {
		const until = countOption(options, 'untilSlot');
		const narrowed = opened.narrow({
			name: typeof options['name'] === 'string' ? options['name'] : opened.name,
			...(until !== undefined && {notAfter: Slot(until)}),
			...sizeMaxOf(options),
		});
		const file = await writeShare(options, narrowed);
		const {notAfter} = lastGrant(narrowed.share.chain).terms;
		return {
			data: {file, notAfterSlot: notAfter},
			text: `${file} opens ${options['name'] ?? opened.name} until slot ${notAfter}`,
		};
	} finally {
		opened.close();
	}
};

const withShare = (command: Command): Command =>
	withTransport(withNode(command.argument('[link]', 'a link; or else --share')))
		.option('--share <file>', 'the share in this file')
		.option('--key <file>', 'signing key that a sealed share file is for');

export const register = (noun: Command): void => {
	answers(
		withStorage(
			noun
				.command('create')
				.description('a link, or a file, with which others read one object or one folder')
				.argument('[name]', 'an object, or a folder with a slash at its end; default: the whole bucket'),
		)
			.requiredOption('--bucket <name>', 'the bucket that it is in')
			.option('--epochs <n>', 'how long it is good', '10')
			.option('--size-max <bytes>', 'leave out objects that are longer')
			.option('--cap <amount>', 'pay each provider for downloads of it, at most so much')
			.option('--out <file>', 'write a share file (mode 0600) instead of printing a link')
			.option('--to <file>', 'with --out: only the holder of this verification key can open it'),
		create,
	);
	answers(
		withStorage(noun.command('list').description('the shares of an account and whether they are good')),
		list,
	);
	answers(withShare(noun.command('show').description('what a share opens, and until when')), show);
	answers(
		withShare(noun.command('pass').description('less of a share for somebody else, as a file'))
			.requiredOption('--out <file>', 'where it goes (mode 0600)')
			.option('--name <object>', 'one object, or a folder with a slash at its end')
			.option('--until-slot <n>', 'good for a shorter time')
			.option('--size-max <bytes>', 'no object that is longer')
			.option('--to <file>', 'only the holder of this verification key can open it'),
		pass,
	);
	answers(
		withStorage(
			noun
				.command('revoke')
				.description('end a share: from the next block on no provider takes it')
				.argument('[id]', 'how its id begins'),
		).option('--all', 'all shares, and every other grant of the account'),
		revoke,
	);
};
