import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import {
	type CodeProfile,
	DEVNET_CODE,
	SEGMENT_BYTES_DEVNET,
	SEGMENT_BYTES_PUBLIC,
	SMALL_CODE,
	WIDE_CODE,
} from '#pieces/erasure/code-profile';
import {placePieces} from '#pieces/placement';
import {parseEndpoint} from '#transport/protocols/endpoint';
import type {SessionPool} from '#transport/session-pool';
import type {ReachableProvider} from './chain-client.ts';
import {createProviderPeer, type ProviderPeer} from './provider-peer.ts';

/** Networks with so many providers can lose whole regions. */
const WIDE_PROVIDERS_MIN = 80;

/** How files are cut in a network of so many providers. Throws PROVIDERS_TOO_FEW. */
export const codeFor = (providers: number): {readonly code: CodeProfile; readonly segmentBytes: number} => {
	if (providers >= WIDE_PROVIDERS_MIN) return {code: WIDE_CODE, segmentBytes: SEGMENT_BYTES_PUBLIC};
	if (providers >= SMALL_CODE.total) return {code: SMALL_CODE, segmentBytes: SEGMENT_BYTES_PUBLIC};
	if (providers >= DEVNET_CODE.optimal) return {code: DEVNET_CODE, segmentBytes: SEGMENT_BYTES_DEVNET};
	throw new NodeError({
		code: 'PROVIDERS_TOO_FEW',
		message: `Only ${providers} providers can be reached and accept; a file needs ${DEVNET_CODE.optimal}.`,
		providers,
		needed: DEVNET_CODE.optimal,
	});
};

/** The peer of a provider that announced a sound endpoint. */
export const peerOf = (
	{pool, clock}: {readonly pool: SessionPool; readonly clock: Clock},
	{operatorVk, endpoint}: Pick<ReachableProvider, 'operatorVk' | 'endpoint'>,
): ProviderPeer | undefined => {
	const parsed = parseEndpoint(endpoint);
	return parsed && createProviderPeer(pool, {endpoint: parsed, key: operatorVk}, clock);
};

/** Draws `count` of the providers, larger free space more often. */
export const drawProviders = <P extends Pick<ReachableProvider, 'id' | 'freeLeaves'>>(
	hasher: Hasher,
	providers: readonly P[],
	{seed, count}: {readonly seed: Uint8Array; readonly count: number},
): readonly P[] => {
	const byId = new Map(providers.map(provider => [toHex(provider.id), provider]));
	const placed = placePieces(hasher, {
		seed,
		// Operators are told apart by their ids as long as nothing better is known of them.
		candidates: providers.map(({id, freeLeaves}) => ({
			providerId: id,
			operator: toHex(id),
			weight: BigInt(Math.max(1, freeLeaves)),
		})),
		pieces: count,
	});
	if (!placed.ok) throw new NodeError(placed.error);
	return placed.value.flatMap((id: Hash32) => byId.get(toHex(id)) ?? []);
};
