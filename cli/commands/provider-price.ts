/** `dcloud provider price`: lets a provider's price follow its utilisation, within bounds, or leaves it alone again. */

import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {Ratio} from '#kernel/ratio';
import {parseRatio, Ratio as ratioOf} from '#kernel/ratio';
import {environmentVariable} from '#node/config';
import {readPricePolicy, removePricePolicy, writePricePolicy} from '#node/price-policy-file';
import {nextPrice, type PricePolicy} from '#node/services/provider/price/next-price';
import {checkPricePolicy, DEFAULT_POLICY, pricePolicyJson} from '#node/services/provider/price/price-policy';
import type {Answer, Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {facts} from '../table.ts';
import {parseAmount} from '../wallet.ts';
import {findProvider} from './provider-views.ts';

/** `80%`, `0.8` or `4/5`. Throws OPTION_MALFORMED. */
const shareOption = (options: Options, name: string): Ratio | undefined => {
	const text = options[name];
	if (typeof text !== 'string') return undefined;
	const hundredths = text.endsWith('%') ? parseRatio(text.slice(0, -1).trim()) : undefined;
	const share = hundredths
		? ratioOf(hundredths.numerator, hundredths.denominator * 100n)
		: parseRatio(text.trim());
	if (share !== undefined) return share;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `"${text}" is not a part such as 80%, 0.8 or 4/5.`,
	});
};

const dataFolder = (options: Options): string => {
	const folder = options['node'] ?? environmentVariable('DCLOUD_NODE');
	if (typeof folder === 'string' && folder !== '') return folder;
	throw new NodeError({
		code: 'NODE_NOT_NAMED',
		message: 'Say whose price it is: --node DATA_FOLDER of the provider, or set DCLOUD_NODE.',
	});
};

const policyOf = (options: Options): PricePolicy => {
	const checked = checkPricePolicy({
		min: parseAmount(textOption(options, 'min')),
		max: parseAmount(textOption(options, 'max')),
		low: shareOption(options, 'low') ?? DEFAULT_POLICY.low,
		high: shareOption(options, 'high') ?? DEFAULT_POLICY.high,
		step: shareOption(options, 'step') ?? DEFAULT_POLICY.step,
		restEpochs: countOption(options, 'rest', 1024) ?? DEFAULT_POLICY.restEpochs,
	});
	if (checked.ok) return checked.value;
	const {field, problem} = checked.error;
	throw new NodeError({...checked.error, message: `--${field} ${problem}.`});
};

const part = ({numerator, denominator}: Ratio): string =>
	`${(numerator * 1000n) / denominator / 10n}.${((numerator * 1000n) / denominator) % 10n} %`;

const policyText = (policy: PricePolicy | undefined): string => {
	if (policy === undefined) return 'the price is left alone';
	const {min, max, low, high, step, restEpochs} = policy;
	return facts([
		['price', `from ${ada(min)} to ${ada(max)} per GiB and epoch`],
		['falls', `below ${part(low)} of the capacity in use`],
		['rises', `above ${part(high)}`],
		['by', `${part(step)} at a time, then rests for ${restEpochs} epochs`],
	]);
};

/** What the price would do now, of a provider that is named. */
const outlook = async (
	id: string,
	policy: PricePolicy | undefined,
	options: Options,
	signal: AbortSignal,
): Promise<{readonly data: object; readonly text: string}> => {
	const row = await findProvider(await openNode(options), id, signal);
	const price = Lovelace(BigInt(row.storePrice));
	const now = {price, usedLeaves: Number(row.usedLeaves), capacityLeaves: Number(row.capacityLeaves)};
	const next = policy === undefined ? price : nextPrice(policy, now);
	return {
		data: {provider: row.id, price: row.storePrice, next: String(next)},
		text: `now ${ada(price)}, next ${ada(next)}`,
	};
};

/** The running provider reads the policy every epoch: nothing has to be started again. */
export const providerPrice: Verb = async ([id]: readonly string[], options, signal): Promise<Answer> => {
	const folder = dataFolder(options);
	if (options['auto'] === true && options['fixed'] === true)
		throw new NodeError({code: 'OPTION_MALFORMED', message: 'A price is either --auto or --fixed.'});
	if (options['auto'] === true) await writePricePolicy(folder, policyOf(options));
	if (options['fixed'] === true) await removePricePolicy(folder);
	const policy = await readPricePolicy(folder);
	const seen = id === undefined ? undefined : await outlook(id, policy, options, signal);
	return {
		data: {policy: policy === undefined ? null : pricePolicyJson(policy), ...seen?.data},
		text: [policyText(policy), ...(seen === undefined ? [] : [seen.text])].join('\n'),
	};
};
