import {toHex} from '#kernel/bytes';
import type {DemandedAgreement, DemandOutcome} from '#node/services/storage-client/demand-file';
import {optionalText, type Verb} from '../answer.ts';
import {withClient} from '../customer-options.ts';
import {ada, short} from '../format.ts';
import {table} from '../table.ts';
import {versionOption} from './bucket-objects.ts';

const WORDS: {readonly [O in DemandOutcome]: string} = {
	given: 'gave its pieces',
	demanded: 'was asked on the chain',
	answered: 'answered on the chain',
	refunded: 'did not answer, and gave money back',
	void: 'asked in vain: nobody is to blame',
	waiting: 'has time to answer an earlier demand',
	'no-promise': 'did not give a piece, and never promised to',
	unpaid: 'wants to be paid for it (--pay)',
	early: 'did not give a piece: its agreement has not begun',
	over: 'keeps nothing of it any more',
	unknown: 'has other pieces on record than this list',
};

const rowOf = ({
	providerId,
	outcome,
	pieceId,
	reason,
	deadlineSlot,
	refund,
}: DemandedAgreement): readonly string[] => [
	short(toHex(providerId)),
	WORDS[outcome],
	pieceId === null ? '' : short(toHex(pieceId)),
	reason ?? '',
	deadlineSlot === null ? '' : String(deadlineSlot),
	refund === 0n ? '' : ada(refund),
];

/** `dcloud file demand`: every provider of a file is asked for its pieces, and then before everybody. */
export const demand: Verb = ([name = ''], options, signal) =>
	withClient(options, async storage => {
		const how = {wait: options['wait'] === true, signal};
		const bucket = optionalText(options, 'bucket');
		const asked =
			bucket === undefined
				? await storage.demandFile({name, ...how})
				: await storage.buckets.demand({bucket, name, ...versionOption(options)}, how);
		return {
			data: asked,
			text: table(['provider', 'outcome', 'piece', 'reason', '>until slot', '>refund'], asked.map(rowOf)),
		};
	});
