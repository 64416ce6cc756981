import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {err, type Result} from '#kernel/result';
import {type TPraosVrfPurpose, tpraosVrfInput} from '../../leader/tpraos-vrf-values.ts';
import type {Nonce} from '../../nonce/nonce.ts';
import type {TPraosHeader} from '../tpraos-header.ts';
import {accepted} from './accepted.ts';

export type TPraosVrfProofFailure =
	| {readonly code: 'VRF_PROOF_INVALID'; readonly purpose: TPraosVrfPurpose}
	/** The proof holds, but of another output than the header claims. */
	| {readonly code: 'VRF_OUTPUT_WRONG'; readonly purpose: TPraosVrfPurpose; readonly proven: Uint8Array};

/** Both VRF proofs hold for slot and epoch nonce, and both claimed outputs are the proven ones. */
export const checkTPraosVrfProofs = (
	crypto: Crypto,
	epochNonce: Nonce,
	{slot, vrfVk, nonceVrf, leaderVrf}: Pick<TPraosHeader, 'slot' | 'vrfVk' | 'nonceVrf' | 'leaderVrf'>,
): Result<undefined, TPraosVrfProofFailure> => {
	for (const [purpose, {output, proof}] of [
		['nonce', nonceVrf],
		['leader', leaderVrf],
	] as const) {
		const proven = crypto.verifyVrf(vrfVk, proof, tpraosVrfInput(crypto, purpose, slot, epochNonce));
		if (proven === undefined) return err({code: 'VRF_PROOF_INVALID', purpose});
		if (!equalBytes(proven, output)) return err({code: 'VRF_OUTPUT_WRONG', purpose, proven});
	}
	return accepted;
};
