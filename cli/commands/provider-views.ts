import {NodeError} from '#kernel/node-error';
import type {AgreementView, ProviderView} from '#node/ports/control-api';
import type {Answer, Options} from '../answer.ts';
import {ada, byteSize, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

/** Leaves are 1 KiB (crypto/piece-id). */
const leaves = (count: string): string => byteSize(Number(BigInt(count)) * 1024);

export const listProviders = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const providers = await (await openNode(options)).providers({signal});
	const rows = providers.map(provider => [
		short(provider.id),
		provider.endpoint ?? 'unknown',
		provider.accepting ? 'yes' : 'no',
		`${leaves(provider.usedLeaves)} of ${leaves(provider.capacityLeaves)}`,
		provider.storePrice,
		ada(BigInt(provider.bond)),
		ada(BigInt(provider.earned)),
		String(provider.misses),
	]);
	return {
		data: providers,
		text: table(
			['provider', 'endpoint', 'accepting', '>stored', '>price/GiB/epoch', '>bond', '>earned', '>misses'],
			rows,
		),
	};
};

const penaltyLines = ({penalties}: ProviderView): string[] =>
	penalties.map(
		penalty =>
			`penalty of ${ada(BigInt(penalty.amount))} in epoch ${penalty.epoch}, slot ${penalty.slot}: ${penalty.reason} (block ${penalty.blockHash ?? 'unknown'})`,
	);

const agreementRows = (agreements: readonly AgreementView[]): string =>
	table(
		['agreement', 'status', '>size', '>of', '>rate', '>until epoch'],
		agreements.map(agreement => [
			short(agreement.id),
			agreement.status,
			leaves(agreement.leaves),
			leaves(agreement.capacityLeaves),
			agreement.rate,
			String(agreement.endEpoch),
		]),
	);

const providerText = (provider: ProviderView, agreements: readonly AgreementView[]): string =>
	[
		facts([
			['provider', provider.id],
			['operator key', provider.operatorVk],
			['endpoint', provider.endpoint ?? 'not announced'],
			['accepting', provider.accepting ? 'yes' : 'no'],
			['stored', `${leaves(provider.usedLeaves)} of ${leaves(provider.capacityLeaves)}`],
			[
				'price',
				`${provider.storePrice} lovelace per GiB and epoch, at least ${provider.minTermEpochs} epochs`,
			],
			['bond', `${ada(BigInt(provider.bond))}, of which free ${ada(BigInt(provider.bondFree))}`],
			['earned', ada(BigInt(provider.earned))],
			['misses', String(provider.misses)],
			['paid to', provider.payoutAccount],
		]),
		...penaltyLines(provider),
		...(agreements.length === 0 ? [] : ['', agreementRows(agreements)]),
	].join('\n');

export const showProvider = async (
	[id = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const matching = (await node.providers({signal})).filter(provider => provider.id.startsWith(id));
	const [provider] = matching;
	if (provider === undefined || matching.length > 1)
		throw new NodeError({
			code: provider === undefined ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_AMBIGUOUS',
			message: `${matching.length} providers have an id that starts with ${id}: "dcloud provider list" shows them.`,
		});
	const agreements = await node.agreements({provider: provider.id}, {signal});
	return {data: {...provider, agreements}, text: providerText(provider, agreements)};
};
