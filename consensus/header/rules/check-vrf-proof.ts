import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {err, type Result} from '#kernel/result';
import {vrfInput} from '../../leader/vrf-values.ts';
import type {Nonce} from '../../nonce/nonce.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type VrfProofFailure =
	| {readonly code: 'VRF_PROOF_INVALID'}
	/** The proof holds, but of another output than the header claims. */
	| {readonly code: 'VRF_OUTPUT_WRONG'; readonly proven: Uint8Array};

/** The VRF proof holds for slot and epoch nonce, and the claimed output is the proven one. */
export const checkVrfProof = (
	crypto: Crypto,
	epochNonce: Nonce,
	{slot, vrfVk, vrfProof, vrfOutput}: Pick<WireHeader, 'slot' | 'vrfVk' | 'vrfProof' | 'vrfOutput'>,
): Result<undefined, VrfProofFailure> => {
	const proven = crypto.verifyVrf(vrfVk, vrfProof, vrfInput(crypto, slot, epochNonce));
	if (proven === undefined) return err({code: 'VRF_PROOF_INVALID'});
	return equalBytes(proven, vrfOutput) ? accepted : err({code: 'VRF_OUTPUT_WRONG', proven});
};
