/** `dcloud/onchain`: what the transactions on Cardano must hold, as data; signing and sending are the caller's. */
export {addressText, enterpriseAddress, type NetworkId, parseAddress} from '#onchain/cardano/address';
export {decodePlutusData, encodePlutusData, type PlutusData} from '#onchain/cardano/plutus-data';
export type {ChannelDeployment} from '#onchain/channel-deployment';
export {checkpointDatum} from '#onchain/data/checkpoint-data';
export {claimDatum} from '#onchain/data/claim-data';
export {
	type Provenance,
	provenanceDatum,
	TREASURY_SOURCE,
	type TreasurySource,
} from '#onchain/data/money-data';
export {
	type Deployment,
	type DeploymentFailure,
	decodeDeployment,
	encodeDeployment,
} from '#onchain/deployment';
export {payoutProof, payoutRoot} from '#onchain/payout';
export {
	type CardanoChannel,
	closeChannelPlan,
	endChannelPlan,
	type OpenChannelRequest,
	openChannelPlan,
	refundChannelPlan,
	settleChannelPlan,
	topUpChannelPlan,
} from '#onchain/plans/channel-plans';
export {claimIdOf, type OpenClaimRequest, openClaimPlan} from '#onchain/plans/claim-plans';
export {bridgeDepositPlan, treasuryDepositPlan} from '#onchain/plans/deposit-plans';
export {
	closePlan,
	delegatePlan,
	lockStakePlan,
	proposePlan,
	votePlan,
	withdrawStakePlan,
} from '#onchain/plans/governance-plans';
export {type PayoutRequest, payoutPlan} from '#onchain/plans/payout-plan';
export {
	emptyPlan,
	type PlanOutput,
	type PlanSpend,
	type PlanUtxo,
	type TransactionPlan,
} from '#onchain/plans/transaction-plan';
