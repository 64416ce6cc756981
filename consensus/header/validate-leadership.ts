import type {Crypto} from '#crypto/crypto';
import type {PoolId} from '#kernel/hash';
import type {Result} from '#kernel/result';
import type {ThresholdCache} from '../leader/threshold-cache.ts';
import type {LedgerView} from '../ledger-view.ts';
import type {Nonce} from '../nonce/nonce.ts';
import type {ConsensusParams} from '../params.ts';
import type {WireHeader} from './header.ts';
import type {LeadershipError} from './header-error.ts';
import {checkLeader} from './rules/check-leader.ts';
import {checkPool} from './rules/check-pool.ts';
import {checkVrfKey} from './rules/check-vrf-key.ts';
import {checkVrfProof} from './rules/check-vrf-proof.ts';

export type LeadershipContext = {
	readonly crypto: Crypto;
	readonly params: Pick<ConsensusParams, 'f'>;
	readonly ledgerView: LedgerView;
	readonly epochNonce: Nonce;
	readonly thresholds?: ThresholdCache;
};

/** Trust level 3: the issuer is a pool and was drawn for the slot. */
export const validateLeadership = (
	{crypto, params, ledgerView, epochNonce, thresholds}: LeadershipContext,
	header: WireHeader,
	poolId: PoolId = crypto.blake2b224(header.issuerVk),
): Result<undefined, LeadershipError> => {
	const pool = checkPool(ledgerView, poolId);
	if (!pool.ok) return pool;
	const key = checkVrfKey(crypto, pool.value, header);
	if (!key.ok) return key;
	const proof = checkVrfProof(crypto, epochNonce, header);
	return proof.ok ? checkLeader(crypto, params, pool.value, header, thresholds) : proof;
};
