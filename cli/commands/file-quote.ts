import {toHex} from '#kernel/bytes';
import {EPOCH_MAX} from '#ledger/limits';
import {openFileSource} from '#node/adapters/byte-files';
import type {StorageQuote} from '#node/services/storage-client/quote-file';
import type {Answer, Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {withClient} from '../customer-options.ts';
import {ada, byteSize} from '../format.ts';
import {serviceOption} from '../service-option.ts';
import {facts} from '../table.ts';

const quoteText = ({
	size,
	code,
	segments,
	providers,
	paidBytes,
	epochs,
	perEpoch,
	total,
	fees,
	paidBy,
	allowanceLeft,
	deposit,
	perTbMonth,
	askedPerTbMonth: {least, most},
}: StorageQuote): string =>
	facts([
		['file', `${byteSize(size)} in ${segments} segments, any ${code.k} of ${code.optimal} pieces are enough`],
		['room that is paid for', `${byteSize(paidBytes)} with ${providers} providers`],
		['an epoch', ada(perEpoch)],
		[`for ${epochs} epochs`, ada(total)],
		['fees of transactions', ada(fees)],
		...(paidBy === null ? [] : [['paid by', toHex(paidBy)] as const]),
		...(allowanceLeft === null ? [] : [['which still allows', `${ada(allowanceLeft)} an epoch`] as const]),
		[paidBy === null ? 'to be set aside now' : 'to be set aside there', ada(deposit)],
		['1 TB for 30 days', `${ada(perTbMonth)} with its redundancy`],
		['providers ask for it', least === most ? ada(least) : `${ada(least)} to ${ada(most)}`],
	]);

/** `dcloud file put --quote`: what it would cost, and nothing else. */
export const quote = (file: string, options: Options, signal: AbortSignal): Promise<Answer> =>
	withClient(options, async storage => {
		const source = await openFileSource(file);
		await source.close();
		const epochs = countOption(options, 'epochs', EPOCH_MAX) ?? 10;
		const quoted = await storage.quote({
			size: source.length,
			epochs,
			...serviceOption(options),
			signal,
		});
		return {data: quoted, text: quoteText(quoted)};
	});
