import {NodeError} from '#kernel/node-error';
import type {AgreementView, ControlClient} from '#node/ports/control-api';
import type {ProviderView} from '#node/ports/provider-api';
import type {Answer, Options} from '../answer.ts';
import {ada, byteSize, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {penaltyLines} from './penalty-text.ts';
import {reachFacts, reachWord} from './reach-text.ts';
import {percent, standingWord} from './standing.ts';
import {fundedText, unsettledOf} from './unsettled-text.ts';

/** Leaves are 1 KiB (crypto/piece-id). */
const leaves = (count: string): string => byteSize(Number(BigInt(count)) * 1024);

const traitsText = ({attributes}: Pick<ProviderView, 'attributes'>): string =>
	attributes.map(([name, value]) => `${name} ${value}`).join(', ');

/** The one provider whose id begins so. Throws PROVIDER_NOT_FOUND, PROVIDER_AMBIGUOUS. */
export const findProvider = async (
	node: ControlClient,
	id: string,
	signal: AbortSignal,
): Promise<ProviderView> => {
	const matching = (await node.providers({signal})).filter(provider => provider.id.startsWith(id));
	const [provider] = matching;
	if (provider !== undefined && matching.length === 1) return provider;
	throw new NodeError({
		code: provider === undefined ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_AMBIGUOUS',
		message: `${matching.length} providers have an id that starts with ${id}: "dcloud provider list" shows them.`,
	});
};

export const listProviders = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const providers = await (await openNode(options)).providers({signal});
	const rows = providers.map(provider => [
		short(provider.id),
		reachWord(provider),
		provider.accepting ? 'yes' : 'no',
		`${leaves(provider.usedLeaves)} of ${leaves(provider.capacityLeaves)}`,
		provider.storePrice,
		ada(BigInt(provider.bond)),
		ada(BigInt(provider.earned)),
		percent(provider.reputation.lowerBound),
		standingWord(provider.reputation),
		traitsText(provider),
	]);
	return {
		data: providers,
		text: table(
			[
				'provider',
				'endpoint',
				'accepting',
				'>stored',
				'>price/GiB/epoch',
				'>bond',
				'>earned',
				'>proves',
				'standing',
				'says of itself',
			],
			rows,
		),
	};
};

const serviceText = ({service}: AgreementView): string => {
	if (service === null) return '';
	const {serviceClass, demand, answered, missed} = service;
	const counts = answered + missed === 0 ? '' : `, ${answered} of ${answered + missed} answered`;
	return `${serviceClass}${counts}${demand === null ? '' : `, demanded until slot ${demand.deadlineSlot}`}`;
};

const agreementRows = (agreements: readonly AgreementView[]): string =>
	table(
		[
			'agreement',
			'status',
			'>size',
			'>of',
			'>rate',
			'>until epoch',
			'>unsettled',
			'>funded until',
			'service',
		],
		agreements.map(agreement => [
			short(agreement.id),
			agreement.status,
			leaves(agreement.leaves),
			leaves(agreement.capacityLeaves),
			agreement.rate,
			String(agreement.endEpoch),
			ada(unsettledOf([agreement])),
			fundedText(agreement),
			serviceText(agreement),
		]),
	);

const providerText = (provider: ProviderView, agreements: readonly AgreementView[]): string =>
	[
		facts([
			['provider', provider.id],
			['operator key', provider.operatorVk],
			...reachFacts(provider),
			['accepting', provider.accepting ? 'yes' : 'no'],
			['stored', `${leaves(provider.usedLeaves)} of ${leaves(provider.capacityLeaves)}`],
			[
				'price',
				`${provider.storePrice} lovelace per GiB and epoch, at least ${provider.minTermEpochs} epochs`,
			],
			['bond', `${ada(BigInt(provider.bond))}, of which free ${ada(BigInt(provider.bondFree))}`],
			['earned', ada(BigInt(provider.earned))],
			['misses', String(provider.misses)],
			['proves', `at least ${percent(provider.reputation.lowerBound)} of its epochs, with 95 %`],
			['standing', standingWord(provider.reputation)],
			['says of itself', traitsText(provider) || 'nothing'],
			['paid to', provider.payoutAccount],
		]),
		...penaltyLines(provider.penalties),
		...(agreements.length === 0 ? [] : ['', agreementRows(agreements)]),
	].join('\n');

export const showProvider = async (
	[id = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const provider = await findProvider(node, id, signal);
	const agreements = await node.agreements({provider: provider.id}, {signal});
	return {data: {...provider, agreements}, text: providerText(provider, agreements)};
};
