/** Accounts that several keys own together: any `threshold` of them sign. */
import {compareBytes, concat, equalBytes} from '#kernel/bytes';
import {bytes, type Codec, list, record, uint} from '#kernel/cbor/codec';
import type {AccountId} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import type {Hasher} from './crypto.ts';

export type AccountPolicy = {
	/** How many of the keys must sign. */
	readonly threshold: number;
	/** Ed25519, 32 bytes each, ascending, each once. */
	readonly keys: readonly Uint8Array[];
};

export const POLICY_KEYS_MAX = 16;
/** A transaction has eight witnesses at most, and two of them may be others than the sender's. */
export const POLICY_THRESHOLD_MAX = 6;
const POLICY_KEYS_MIN = 2;

const DOMAIN = encodeUtf8('dcloud/multisig/v1');

/** Judges the form only: `policyProblem` says whether it is one. */
export const policyCodec: Codec<AccountPolicy> = record({
	threshold: uint(POLICY_THRESHOLD_MAX),
	keys: list(bytes(32), POLICY_KEYS_MAX),
});

/** What keeps this from being a policy. */
export const policyProblem = ({
	threshold,
	keys,
}: AccountPolicy): 'keys-too-few' | 'keys-unsorted' | 'threshold' | undefined => {
	if (keys.length < POLICY_KEYS_MIN) return 'keys-too-few';
	const isAscending = keys.every(
		(key, index) => index === 0 || compareBytes(keys[index - 1] as Uint8Array, key) < 0,
	);
	if (!isAscending) return 'keys-unsorted';
	return threshold >= 1 && threshold <= keys.length ? undefined : 'threshold';
};

/**
 * The account's id: blake2b-224("dcloud/multisig/v1" | threshold u8 | keys). No key has an id of that form: a key's is
 * over 32 bytes, this one over 83 or more.
 */
export const accountOfPolicy = (
	hasher: Pick<Hasher, 'blake2b224'>,
	{threshold, keys}: AccountPolicy,
): AccountId => hasher.blake2b224(concat(DOMAIN, Uint8Array.of(threshold), ...keys));

export const isMember = ({keys}: AccountPolicy, key: Uint8Array): boolean =>
	keys.some(each => equalBytes(each, key));
