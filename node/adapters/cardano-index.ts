import type {CardanoStakes} from '#node/ports/cardano-stakes';
import {createBlockfrostClient} from './blockfrost-client.ts';
import {createBlockfrostStakes} from './blockfrost-stakes.ts';
import {createKupoClient, type KupoClient} from './kupo-client.ts';

export type BlockfrostPlace = {readonly url: string; readonly projectId: string};

/** The service and project of `https://PROJECT_ID@cardano-preprod.blockfrost.io/api/v0`; undefined for a Kupo. */
export const blockfrostOf = (url: string): BlockfrostPlace | undefined => {
	const parsed = URL.canParse(url) ? new URL(url) : undefined;
	if (parsed === undefined || parsed.username === '') return undefined;
	const projectId = decodeURIComponent(parsed.username);
	return {url: `${parsed.origin}${parsed.pathname.replace(/\/$/, '')}`, projectId};
};

/** An address for messages: without the project's id, which is a secret. */
export const shownUrl = (url: string): string => blockfrostOf(url)?.url ?? url;

/** What shows Cardano under an address: a Kupo, or Blockfrost where the address holds a project's id. */
export const openCardanoIndex = (url: string): KupoClient => {
	const blockfrost = blockfrostOf(url);
	return blockfrost === undefined
		? createKupoClient(url.replace(/\/$/, ''))
		: createBlockfrostClient(blockfrost);
};

/** Where stake on Cardano can be asked for; undefined for a Kupo, which knows none. */
export const openCardanoStakes = (url: string): CardanoStakes | undefined => {
	const blockfrost = blockfrostOf(url);
	return blockfrost && createBlockfrostStakes(blockfrost);
};
