import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {isBelowThreshold, type LeaderThreshold} from '../leader/leader-threshold.ts';
import {leaderValue, vrfInput} from '../leader/vrf-values.ts';
import type {Nonce} from '../nonce/nonce.ts';

/** Goes into the header as it is. */
export type LeaderProof = {
	/** 64 bytes. */
	readonly vrfOutput: Uint8Array;
	/** 80 bytes. */
	readonly vrfProof: Uint8Array;
};

/** The proof that the holder of the VRF key leads `slot`, or undefined when it does not. */
export const leaderProof = (
	crypto: Hasher & Pick<SecretCrypto, 'proveVrf' | 'vrfOutput'>,
	{
		vrfSeed,
		slot,
		epochNonce,
		threshold,
	}: {
		readonly vrfSeed: Uint8Array;
		readonly slot: number;
		/** From the ticked state: `tickPraos(…, slot).epochNonce`. */
		readonly epochNonce: Nonce;
		/** Of the own pool's stake in the view of the slot's epoch. */
		readonly threshold: LeaderThreshold;
	},
): LeaderProof | undefined => {
	const vrfProof = crypto.proveVrf(vrfSeed, vrfInput(crypto, slot, epochNonce));
	const vrfOutput = crypto.vrfOutput(vrfProof);
	return isBelowThreshold(leaderValue(crypto, vrfOutput), threshold) ? {vrfOutput, vrfProof} : undefined;
};
