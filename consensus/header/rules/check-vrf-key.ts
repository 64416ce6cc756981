import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {LeaderPool} from '../../ledger-view.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type VrfKeyFailure = {
	readonly code: 'VRF_KEY_WRONG';
	readonly expected: Hash32;
	readonly actual: Hash32;
};

/** The header's VRF key is the one that the pool registered. */
export const checkVrfKey = (
	hasher: Hasher,
	{vrfKeyHash}: Pick<LeaderPool, 'vrfKeyHash'>,
	{vrfVk}: Pick<WireHeader, 'vrfVk'>,
): Result<undefined, VrfKeyFailure> => {
	const actual = hasher.blake2b256(vrfVk);
	return equalBytes(vrfKeyHash, actual)
		? accepted
		: err({code: 'VRF_KEY_WRONG', expected: vrfKeyHash, actual});
};
