import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {EPOCH_MAX} from '#ledger/limits';
import {writeFileAtomically} from '#node/adapters/private-file';
import type {BucketSummary} from '#node/services/storage-client/buckets';
import {type Answer, answers, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {withClient, withRepairer, withStorage} from '../customer-options.ts';
import {short} from '../format.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';

const dataOf = ({id, ...rest}: BucketSummary): object => ({...rest, id: toHex(id)});

const create: Verb = ([name = ''], options, signal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const created = await buckets.create(name, {
			keepVersions: options['versions'] === true,
			epochs: countOption(options, 'epochs', EPOCH_MAX) ?? 10,
			signal,
		});
		return {
			data: dataOf(created),
			text: `bucket ${created.name}; the chain calls it ${toHex(created.id)}`,
		};
	});

const list: Verb = (_words, options, signal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const found = await buckets.list({signal});
		const rows = found.map(({name, version, keepVersions, id}) => [
			name,
			String(version),
			keepVersions ? 'kept' : 'replaced',
			short(toHex(id)),
		]);
		return {data: found.map(dataOf), text: table(['name', '>writes', 'old versions', 'on chain'], rows)};
	});

const remove: Verb = ([name = ''], options, signal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		await buckets.remove(name, {signal});
		return {data: {name}, text: `bucket ${name} is gone`};
	});

const clean: Verb = ([name = ''], options, signal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const cleaned = await buckets.clean(name, {signal});
		const {files, pieces, packs, rewritten, left} = cleaned;
		const later =
			left === 0 ? '' : `; ${left} pieces are with providers that did not answer, for the next time`;
		return {
			data: {name, ...cleaned},
			text: `${pieces} pieces of ${files} files of no use left the agreements, ${packs} packs were empty, ${rewritten} more than half empty and written again${later}`,
		};
	});

const ticket: Verb = ([name = ''], options, signal): Promise<Answer> =>
	withClient(options, async ({buckets}) => {
		const {tickets, sealed, repairKey} = await buckets.repairTickets(name, {signal});
		const out = textOption(options, 'out');
		await writeFileAtomically(out, sealed);
		return {
			data: {file: out, repairKey, files: tickets.length},
			text: `repair ticket of ${name} in ${out}: hand it to the repairer, and by another way its key\n${toHex(repairKey)}`,
		};
	});

export const register = (noun: Command): void => {
	answers(
		withRepairer(
			withStorage(noun.command('create').description('a bucket for named files').argument('<name>')),
		)
			.option('--versions', 'keep the older versions of a file that is written again')
			.option('--epochs <n>', 'how long its listing is kept', '10'),
		create,
	);
	answers(
		withStorage(
			noun.command('list').description('the buckets of an account, from the chain and its providers'),
		),
		list,
	);
	answers(
		withRepairer(
			withStorage(
				noun
					.command('clean')
					.description(
						'take what is of no use any more out of agreements: writes that broke off, emptied packs',
					)
					.argument('<name>'),
			),
		),
		clean,
	);
	answers(
		withStorage(
			noun
				.command('ticket')
				.description(
					'what a repairer needs for all that is in it and for its listing, without being able to read',
				)
				.argument('<name>'),
		).requiredOption('--out <file>', 'where the sealed ticket goes'),
		ticket,
	);
	answers(withStorage(noun.command('remove').description('an empty bucket').argument('<name>')), remove);
};
