import type {ProviderView} from '#node/ports/provider-api';

type Reach = Pick<ProviderView, 'endpoint' | 'routes'>;

/** Where others reach a provider, for a column. */
export const reachWord = ({endpoint, routes}: Reach): string =>
	endpoint ?? (routes.length > 0 ? 'by libp2p' : 'unknown');

/** All that it has announced of where it is. */
export const reachFacts = ({endpoint, routes}: Reach): readonly (readonly [string, string])[] => {
	const told = routes.length > 0 ? 'none: it is reached by libp2p' : 'not announced';
	return [['endpoint', endpoint ?? told], ...routes.map(route => ['by libp2p', route] as const)];
};
