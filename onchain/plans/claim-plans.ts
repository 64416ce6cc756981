import type {Hasher} from '#crypto/crypto';
import {concat, toHex} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {CLAIM_STATUS, claimDatum, openRedeemer} from '../data/claim-data.ts';
import type {Deployment} from '../deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {emptyPlan, OUTPUT_LOVELACE_MIN, STATE_LOVELACE, type TransactionPlan} from './transaction-plan.ts';

/** blake2b-256 of the spent output's transaction id and its index in two bytes, big-endian. */
export const claimIdOf = (hasher: Hasher, {txId, index}: McOutRef): Hash32 =>
	hasher.blake2b256(concat(txId, Uint8Array.of(index >> 8, index & 0xff)));

export type OpenClaimRequest = {
	readonly kind: 'provider' | 'account' | 'subsidy';
	/** An output of the wallet, which the claim is named after. */
	readonly seed: McOutRef;
	/** Hash of the owner's key, or of the native script of the keys that own it together. */
	readonly ownerKeyHash: Hash28;
	/** The owner's address, if it is such a script's: it is given an output, since it acts by spending one. */
	readonly ownerAddress?: Uint8Array | undefined;
	/** Ed25519 key on the side-chain, 32 bytes. */
	readonly operatorVk: Uint8Array;
	/** Lovelace bonded in the claim's output; it can grow and never falls. */
	readonly collateral: Lovelace;
};

export const openClaimPlan = (
	hasher: Hasher,
	deployment: Deployment,
	request: OpenClaimRequest,
): TransactionPlan => {
	const {hash, reference} = deployment.scripts.registry;
	const {kind, seed, ownerKeyHash, ownerAddress, operatorVk, collateral} = request;
	const unit = toHex(hash) + toHex(claimIdOf(hasher, seed));
	return {
		...emptyPlan,
		spend: [{ref: seed}],
		read: [reference],
		mint: [{unit, quantity: 1n, redeemer: openRedeemer.toData(seed)}],
		outputs: [
			{
				address: scriptAddress(networkIdOf(deployment.network.magic), hash),
				lovelace: collateral > STATE_LOVELACE ? collateral : STATE_LOVELACE,
				assets: new Map([[unit, 1n]]),
				datum: claimDatum.toData({
					ownerPkh: ownerKeyHash,
					operatorVk,
					claimed: Lovelace(0n),
					collateral,
					status: CLAIM_STATUS[kind],
					exitAfter: 0n,
				}),
			},
			...(ownerAddress === undefined ? [] : [{address: ownerAddress, lovelace: OUTPUT_LOVELACE_MIN}]),
		],
	};
};
