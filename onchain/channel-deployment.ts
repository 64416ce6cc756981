/** What anybody needs to build transactions with payment channels on Cardano. */
import type {ChannelParams} from './channel-params.ts';
import type {CardanoNetwork} from './deployment.ts';
import type {PublishedScript} from './plutus-script.ts';

export type ChannelDeployment = {
	readonly network: CardanoNetwork;
	readonly params: ChannelParams;
	readonly channel: PublishedScript;
};
