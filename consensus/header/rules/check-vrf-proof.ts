import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import {vrfInput} from '../../leader/vrf-values.ts';
import type {Nonce} from '../../nonce/nonce.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type VrfProofFailure =
	| {readonly code: 'VRF_PROOF_INVALID'}
	/** The proof holds, but of another output than the header claims. */
	| {readonly code: 'VRF_OUTPUT_WRONG'; readonly proven: Uint8Array};

/** The VRF proof holds for that input, and the claimed output is the proven one. */
export const checkVrfProofFor = (
	crypto: Crypto,
	alpha: Hash32,
	{vrfVk, vrfProof, vrfOutput}: Pick<WireHeader, 'vrfVk' | 'vrfProof' | 'vrfOutput'>,
): Result<undefined, VrfProofFailure> => {
	const proven = crypto.verifyVrf(vrfVk, vrfProof, alpha);
	if (proven === undefined) return err({code: 'VRF_PROOF_INVALID'});
	return equalBytes(proven, vrfOutput) ? accepted : err({code: 'VRF_OUTPUT_WRONG', proven});
};

/** The VRF proof holds for slot and epoch nonce, and the claimed output is the proven one. */
export const checkVrfProof = (
	crypto: Crypto,
	epochNonce: Nonce,
	header: Pick<WireHeader, 'slot' | 'vrfVk' | 'vrfProof' | 'vrfOutput'>,
): Result<undefined, VrfProofFailure> =>
	checkVrfProofFor(crypto, vrfInput(crypto, header.slot, epochNonce), header);
