import type {Crypto} from '#crypto/crypto';
import type {Result} from '#kernel/result';
import type {LeaderPool} from '../ledger-view.ts';
import type {Nonce} from '../nonce/nonce.ts';
import type {ConsensusParams} from '../params.ts';
import {accepted} from './rules/accepted.ts';
import type {LeaderFailure} from './rules/check-leader.ts';
import {checkTPraosLeader} from './rules/check-tpraos-leader.ts';
import {checkTPraosVrfProofs, type TPraosVrfProofFailure} from './rules/check-tpraos-vrf-proofs.ts';
import {checkVrfKey, type VrfKeyFailure} from './rules/check-vrf-key.ts';
import type {TPraosHeader} from './tpraos-header.ts';

/**
 * Who may have made the block. A genesis delegate leads the slots that the overlay schedule gives it, whatever its
 * outputs; which slots those are follows from the decentralisation parameter, and is the caller's to know.
 */
export type TPraosIssuer =
	| ({readonly kind: 'pool'} & LeaderPool)
	| ({readonly kind: 'genesis delegate'} & Pick<LeaderPool, 'vrfKeyHash'>);

export type TPraosLeadershipError = VrfKeyFailure | TPraosVrfProofFailure | LeaderFailure;

/** VRF key, both proofs, and for a pool the threshold: in that order (cardano-ledger, TPraos, rule OVERLAY). */
export const validateTPraosLeadership = (
	{
		crypto,
		params,
		epochNonce,
		issuer,
	}: {
		readonly crypto: Crypto;
		readonly params: Pick<ConsensusParams, 'f'>;
		readonly epochNonce: Nonce;
		readonly issuer: TPraosIssuer;
	},
	header: TPraosHeader,
): Result<undefined, TPraosLeadershipError> => {
	const key = checkVrfKey(crypto, issuer, header);
	if (!key.ok) return key;
	const proofs = checkTPraosVrfProofs(crypto, epochNonce, header);
	if (!proofs.ok) return proofs;
	return issuer.kind === 'pool' ? checkTPraosLeader(params, issuer, header) : accepted;
};
