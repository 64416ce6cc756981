import type {AccountId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {depositDatum, type Provenance, provenanceDatum} from '../data/money-data.ts';
import type {Deployment} from '../deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {emptyPlan, type TransactionPlan} from './transaction-plan.ts';

/** Locks ADA in the bridge; as many credits appear in the account once the block is stable. */
export const bridgeDepositPlan = (
	{network, scripts}: Deployment,
	{account, amount}: {readonly account: AccountId; readonly amount: Lovelace},
): TransactionPlan => ({
	...emptyPlan,
	outputs: [
		{
			address: scriptAddress(networkIdOf(network.magic), scripts.bridge.hash),
			lovelace: amount,
			datum: depositDatum.toData({account}),
		},
	],
});

/** Gives ADA to the treasury and says where it came from. */
export const treasuryDepositPlan = (
	{network, scripts}: Deployment,
	{amount, provenance}: {readonly amount: Lovelace; readonly provenance: Provenance},
): TransactionPlan => ({
	...emptyPlan,
	outputs: [
		{
			address: scriptAddress(networkIdOf(network.magic), scripts.treasury.hash),
			lovelace: amount,
			datum: provenanceDatum.toData(provenance),
		},
	],
});
