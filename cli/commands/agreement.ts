import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '#ledger/limits';
import type {AuditVerdict} from '#node/services/storage-client/audit-agreements';
import {type Answer, answers, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {withClient, withStorage} from '../customer-options.ts';
import {ada, short} from '../format.ts';
import {send, textOption, withSender} from '../sending.ts';
import {table} from '../table.ts';
import {parseAmount, parseId} from '../wallet.ts';

const verdicts: {readonly [V in AuditVerdict]: string} = {
	kept: 'kept',
	omitted: 'left out of what was proven',
	waiting: 'not proven yet',
	silent: 'provider does not answer',
	unknown: 'no revision kept here',
};

const audit: Verb = (_words, options, signal) =>
	withClient(options, async (storage): Promise<Answer> => {
		const audited = await storage.agreements.audit({claim: options['claim'] === true, signal});
		const rows = audited.map(({agreementId, provider, revisionNo, epoch, verdict, claimed}) => [
			short(toHex(agreementId)),
			short(toHex(provider)),
			String(revisionNo),
			epoch === null ? '-' : String(epoch),
			`${verdicts[verdict]}${claimed ? '; claimed' : ''}`,
		]);
		return {
			data: audited,
			text: table(['agreement', 'provider', '>revision', '>epoch', 'what its provider has proven'], rows),
		};
	});

const keep: Verb = (_words, options, signal) =>
	withClient(options, async (storage): Promise<Answer> => {
		const until = countOption(options, 'until', EPOCH_MAX);
		const order =
			until === undefined
				? null
				: {until: Epoch(until), rateMax: Lovelace(parseAmount(textOption(options, 'maxRate')))};
		if (order === null && options['fund'] === true)
			throw new NodeError({
				code: 'OPTION_MISSING',
				message: '--fund wants --until: the epoch that funds are to last to.',
			});
		const kept = await storage.agreements.keep(order, {signal});
		const added =
			order !== null && options['fund'] === true
				? await storage.agreements.fund(order.until, {signal})
				: undefined;
		const how =
			order === null
				? 'end when they end'
				: `go on by themselves until epoch ${order.until}, for at most ${order.rateMax} lovelace per GiB and epoch`;
		const lines = [
			`${kept.length} agreements ${how}`,
			...(added === undefined ? [] : [`${ada(added)} were set aside for that, at the rates of today`]),
			...(order !== null && added === undefined
				? [
						'an order adds no funds: "dcloud account status" says how long they last, --fund adds what is missing',
					]
				: []),
		];
		return {data: kept, text: lines.join('\n')};
	});

const renew: Verb = ([id = ''], options, signal) =>
	withClient(options, async (storage): Promise<Answer> => {
		const agreementId = parseId<Hash32>(id, 32, 'An agreement id');
		const endEpoch = Epoch(countOption(options, 'until', EPOCH_MAX) ?? 0);
		const locked = countOption(options, 'lockUntil', EPOCH_MAX);
		const lock = locked === undefined ? {} : {lockedUntil: Epoch(locked)};
		await storage.agreements.renew({agreementId, endEpoch, ...lock}, {signal});
		return {
			data: {agreementId, endEpoch, ...lock},
			text: `agreement ${short(id)} goes on until epoch ${endEpoch}`,
		};
	});

/** Anyone may: what it pays goes to the providers. */
const settle: Verb = (ids, options, signal) =>
	send(options, signal, async () => {
		const agreements = ids.map(id => parseId<Hash32>(id, 32, 'An agreement id'));
		const say = `what was proven for ${agreements.length} agreements is paid`;
		return {action: {kind: 'agreement-settle', agreements}, say};
	});

const close: Verb = ([id = ''], options, signal) =>
	withClient(options, async (storage): Promise<Answer> => {
		const agreementId = parseId<Hash32>(id, 32, 'An agreement id');
		const endEpoch = await storage.agreements.close(agreementId, {signal});
		return {data: {agreementId, endEpoch}, text: `agreement ${short(id)} ends with epoch ${endEpoch - 1}`};
	});

export const register = (noun: Command): void => {
	answers(
		withSender(
			noun
				.command('settle')
				.description(
					'have providers paid now for what they have proven; the ledger does it by itself in time',
				)
				.argument('<agreements...>', 'their ids'),
		),
		settle,
	);
	answers(
		withStorage(
			noun
				.command('audit')
				.description('whether each provider has committed to what it signed; costs nothing'),
		).option('--claim', 'claim what was left out: a deposit, which comes back when the claim is right'),
		audit,
	);
	answers(
		withStorage(
			noun
				.command('keep')
				.description('have all agreements renew by themselves, or, without --until, end when they end'),
		)
			.option('--until <epoch>', 'no longer than until this epoch')
			.option('--max-rate <amount>', 'with --until: the most that a GiB may cost an epoch (lovelace or ADA)')
			.option('--fund', 'with --until: set aside what that costs at the rates of today'),
		keep,
	);
	answers(
		withStorage(
			noun.command('renew').description('make an agreement longer now').argument('<agreement>', 'its id'),
		)
			.requiredOption('--until <epoch>', 'the first epoch that is not paid any more')
			.option('--lock-until <epoch>', 'nobody takes anything out of it before this epoch'),
		renew,
	);
	answers(
		withStorage(
			noun
				.command('close')
				.description('end an agreement early; its pieces are lost')
				.argument('<agreement>', 'its id'),
		),
		close,
	);
};
