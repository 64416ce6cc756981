import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import type {Clock} from '#node/ports/clock';
import {
	type CodeProfile,
	DEVNET_CODE,
	SEGMENT_BYTES_DEVNET,
	SEGMENT_BYTES_PUBLIC,
	SEGMENT_BYTES_SMALL,
	SMALL_CODE,
	WIDE_CODE,
} from '#pieces/erasure/code-profile';
import {type PlacementLimits, placementLimits, placePieces} from '#pieces/placement';
import {parseEndpoint} from '#transport/protocols/endpoint';
import type {SessionPool} from '#transport/session-pool';
import type {ReachableProvider} from './chain-client.ts';
import {createProviderPeer, type ProviderPeer} from './provider-peer.ts';

/** Networks with so many providers can lose whole regions. */
const WIDE_PROVIDERS_MIN = 80;

/** How files are cut in a network of so many providers. Throws PROVIDERS_TOO_FEW. */
export const codeFor = (providers: number): {readonly code: CodeProfile; readonly segmentBytes: number} => {
	if (providers >= WIDE_PROVIDERS_MIN) return {code: WIDE_CODE, segmentBytes: SEGMENT_BYTES_PUBLIC};
	if (providers >= SMALL_CODE.total) return {code: SMALL_CODE, segmentBytes: SEGMENT_BYTES_SMALL};
	if (providers >= DEVNET_CODE.optimal) return {code: DEVNET_CODE, segmentBytes: SEGMENT_BYTES_DEVNET};
	throw new NodeError({
		code: 'PROVIDERS_TOO_FEW',
		message: `Only ${providers} providers can be reached and accept; a file needs ${DEVNET_CODE.optimal}.`,
		providers,
		needed: DEVNET_CODE.optimal,
	});
};

/** The peer of a provider that announced where it is reached. */
export const peerOf = (
	{pool, clock}: {readonly pool: SessionPool; readonly clock: Clock},
	{operatorVk, endpoint, routes}: Pick<ReachableProvider, 'operatorVk' | 'endpoint' | 'routes'>,
): ProviderPeer | undefined => {
	const parsed = endpoint === null ? undefined : parseEndpoint(endpoint);
	if (parsed === undefined && routes.length === 0) return undefined;
	return createProviderPeer(pool, {...(parsed && {endpoint: parsed}), routes, key: operatorVk}, clock);
};

type Drawable = Pick<ReachableProvider, 'id' | 'freeLeaves' | 'traits' | 'score' | 'storePrice'>;

/** Operators among providers that may be given something: how many pieces of a segment can be placed at most. */
export const operatorsOf = (providers: readonly Pick<Drawable, 'traits' | 'score'>[]): number =>
	new Set(providers.filter(({score}) => score > 0n).map(({traits}) => traits.operator)).size;

/** How pieces are to be spread. */
export const spreadOf = (
	{unvettedShare}: Pick<LedgerParameters, 'unvettedShare'>,
	{k, optimal}: CodeProfile,
): PlacementLimits => placementLimits({k, stored: optimal}, unvettedShare);

/** No more than one piece for an operator. */
const UNLIMITED: PlacementLimits = {
	unvetted: Number.MAX_SAFE_INTEGER,
	perRegion: Number.MAX_SAFE_INTEGER,
	perAsn: Number.MAX_SAFE_INTEGER,
	perSubnet: Number.MAX_SAFE_INTEGER,
};

const PRICE_PARTS = 1000n;

/** The more room, the better known and the cheaper, the more often. */
const weightOf = ({freeLeaves, score, storePrice}: Drawable, cheapest: bigint): bigint => {
	const cheapness = storePrice === 0n ? PRICE_PARTS : (PRICE_PARTS * cheapest) / storePrice;
	return BigInt(Math.max(1, freeLeaves)) * score * (cheapness > 1n ? cheapness : 1n);
};

/**
 * Draws `count` of the providers, each of another operator, within the limits as far as that is possible. Throws
 * PLACEMENT_TOO_FEW_OPERATORS.
 */
export const drawProviders = <P extends Drawable>(
	hasher: Hasher,
	providers: readonly P[],
	{
		seed,
		count,
		limits = UNLIMITED,
	}: {readonly seed: Uint8Array; readonly count: number; readonly limits?: PlacementLimits},
): readonly P[] => {
	const byId = new Map(providers.map(provider => [toHex(provider.id), provider]));
	const prices = providers.map(({storePrice}) => storePrice).filter(price => price > 0n);
	const cheapest = prices.reduce((a, b) => (b < a ? b : a), prices[0] ?? 0n);
	const placed = placePieces(hasher, {
		seed,
		candidates: providers.map(provider => ({
			...provider.traits,
			providerId: provider.id,
			weight: weightOf(provider, cheapest),
		})),
		pieces: count,
		limits,
	});
	if (!placed.ok) throw new NodeError(placed.error);
	return placed.value.providers.flatMap((id: Hash32) => byId.get(toHex(id)) ?? []);
};
