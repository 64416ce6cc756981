/** `dcloud provider status`: a provider as its own node sees it, and what the chain says of it. */
import {NodeError} from '#kernel/node-error';
import type {OwnProviderView, ProviderView} from '#node/ports/provider-api';
import type {Answer, Options} from '../answer.ts';
import {ada, byteSize, utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts} from '../table.ts';
import {penaltyLines} from './penalty-text.ts';
import {percent, standingWord} from './standing.ts';

const DISK_WORDS = {
	good: 'good',
	full: 'full: no more pieces are taken; free some space, or lower the capacity that is offered',
	failing: 'failing: no agreements are made; check it, and move the data folder to another disk',
};

const diskText = ({disk}: OwnProviderView): string => {
	const {state, freeBytes, totalBytes, reserveBytes} = disk;
	return `${DISK_WORDS[state]} (${byteSize(freeBytes)} free of ${byteSize(totalBytes)}, ${byteSize(reserveBytes)} stay free)`;
};

const scrubText = ({scrub}: OwnProviderView): string => {
	const {pieces, bytes, damaged, startedMs, finishedMs, nextMs, isBehind} = scrub;
	const seen = `${pieces} pieces, ${byteSize(bytes)}, ${damaged} damaged`;
	const when =
		finishedMs === null
			? `since ${utc(startedMs)}${isBehind ? ', too slowly: raise --io-budget' : ''}`
			: `until ${utc(finishedMs)}, again from ${utc(nextMs ?? finishedMs)}`;
	return `${seen} ${when}`;
};

const ownFacts = (own: OwnProviderView): readonly (readonly [string, string])[] => [
	['endpoint', own.endpoint],
	['connections', String(own.connections)],
	['pieces here', `${own.pieces}, ${byteSize(own.bytes)}`],
	['disk', diskText(own)],
	['looked at', scrubText(own)],
	['moved', `${byteSize(own.compactedBytes)} since the start, to give back the space of dropped pieces`],
	['last commitment or proof', own.lastFailure === null ? 'went well' : `failed: ${own.lastFailure}`],
];

const WORDS: Readonly<Record<string, string>> = {
	accepting: 'takes agreements',
	closed: 'takes no agreements',
	exiting: 'leaving: takes no agreements, and the bond goes back part by part',
};

const chainFacts = (provider: ProviderView): readonly (readonly [string, string])[] => [
	['on chain', WORDS[String(provider.details['status'])] ?? String(provider.details['status'])],
	['agreements', String(provider.details['agreements'])],
	[
		'proven',
		`${provider.details['provenEpochs']} epochs, the last one ${provider.details['lastProvenEpoch'] ?? 'never'}`,
	],
	['missed lately', String(provider.misses)],
	['bond', `${ada(BigInt(provider.bond))}, of which free ${ada(BigInt(provider.bondFree))}`],
	['earned', ada(BigInt(provider.earned))],
	['taken from the bond', ada(BigInt(String(provider.details['slashed'] ?? 0)))],
	[
		'standing',
		`${standingWord(provider.reputation)}, proves at least ${percent(provider.reputation.lowerBound)}`,
	],
];

const statusText = (own: OwnProviderView, provider: ProviderView | undefined): string =>
	[
		facts([
			['provider', own.provider],
			...ownFacts(own),
			...(provider === undefined
				? [['on chain', 'not registered: "dcloud provider register" does it'] as const]
				: chainFacts(provider)),
		]),
		...own.losses.map(
			({agreement, piece, code}) =>
				`lost: piece ${piece} of agreement ${agreement} (${code}), not reported yet`,
		),
		...penaltyLines(provider?.penalties ?? []),
	].join('\n');

/** Throws OWN_PROVIDER_UNKNOWN. */
export const providerStatus = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const node = await openNode(options);
	const own = await node.ownProvider({signal});
	if (own === undefined)
		throw new NodeError({
			code: 'OWN_PROVIDER_UNKNOWN',
			message:
				'No provider runs in this node: name the data folder of "dcloud provider run", or ask "dcloud provider show" about another one.',
		});
	const provider = await node.provider(own.provider, {signal});
	return {data: {...own, onChain: provider ?? null}, text: statusText(own, provider)};
};
