/** What a payment is for, in words: the same request gives the same words, whatever stands on the chain meanwhile. */
import {toHex} from '#kernel/bytes';
import type {AccountId, GenesisHash} from '#kernel/hash';
import type {BondTerms} from '#onchain/bond-params';
import type {Provenance} from '#onchain/data/money-data';
import type {Deployment} from '#onchain/deployment';
import type {PayoutProof} from '#onchain/payout';
import type {NextCheckpoint} from '#onchain/plans/checkpoint-plan';
import type {OpenClaimRequest} from '#onchain/plans/claim-plans';

export const purposeOn = ({genesisHash}: Pick<Deployment, 'genesisHash'>, purpose: string): string =>
	`${purpose}, side-chain ${toHex(genesisHash)}`;

export const deployPurpose = (genesisHash: GenesisHash): string =>
	purposeOn({genesisHash}, 'deployment of the contracts');

export const publishBondsPurpose = ({bond, deposit, reward, answerMs, exitMs}: BondTerms): string =>
	`script of bonds of ${bond}, ${deposit} and ${reward} lovelace, ${answerMs} ms to answer, ${exitMs} ms to leave`;

export const openClaimPurpose = ({
	kind,
	operatorVk,
	collateral,
	ownerKeyHash,
}: Pick<OpenClaimRequest, 'kind' | 'operatorVk' | 'collateral' | 'ownerKeyHash'>): string =>
	`${kind} claim of ${toHex(ownerKeyHash)} for key ${toHex(operatorVk)} with ${collateral} lovelace`;

export const bridgeDepositPurpose = ({
	account,
	amount,
}: {
	readonly account: AccountId;
	readonly amount: bigint;
}): string => `bridge deposit of ${amount} lovelace for account ${toHex(account)}`;

export const treasuryDepositPurpose = ({
	amount,
	provenance: {source, amount: units, rate, reference},
}: {
	readonly amount: bigint;
	readonly provenance: Provenance;
}): string =>
	`treasury deposit of ${amount} lovelace, source ${source}, ${units} units at ${rate}, reference ${toHex(reference)}`;

export const checkpointPurpose = ({next}: {readonly next: NextCheckpoint}): string =>
	`checkpoint of period ${next.period} at block ${toHex(next.blockHash)}`;

export const payoutPurpose = ({
	proof: {leaf},
	amount,
}: {
	readonly proof: PayoutProof;
	readonly amount?: bigint;
}): string =>
	`payout ${leaf.tag} of claim ${toHex(leaf.claimId)} up to ${leaf.cumulative} lovelace${amount === undefined ? '' : `, ${amount} now`}`;
