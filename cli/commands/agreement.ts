import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {AuditVerdict} from '#node/services/storage-client/audit-agreements';
import {type Answer, answers, type Verb} from '../answer.ts';
import {withClient, withStorage} from '../customer-options.ts';
import {short} from '../format.ts';
import {table} from '../table.ts';
import {parseId} from '../wallet.ts';

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

const close: Verb = ([id = ''], options, signal) =>
	withClient(options, async (storage): Promise<Answer> => {
		const agreementId = parseId<Hash32>(id, 32, 'An agreement id');
		const endEpoch = await storage.agreements.close(agreementId, {signal});
		return {data: {agreementId, endEpoch}, text: `agreement ${short(id)} ends with epoch ${endEpoch - 1}`};
	});

export const register = (noun: Command): void => {
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
				.command('close')
				.description('end an agreement early; its pieces are lost')
				.argument('<agreement>', 'its id'),
		),
		close,
	);
};
