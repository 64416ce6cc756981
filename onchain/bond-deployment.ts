/** What anybody needs to build transactions with providers' bonds. It follows from the deployment and the terms. */
import type {BondParams} from './bond-params.ts';
import type {CardanoNetwork} from './deployment.ts';
import type {PublishedScript} from './plutus-script.ts';

export type BondDeployment = {
	readonly network: CardanoNetwork;
	readonly params: BondParams;
	readonly bond: PublishedScript;
};
