/** Channels and bonds on a governed devnet, for tests that count what is in them. */

import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {BondDeployment} from '#onchain/bond-deployment';
import {BOND_TERMS, bondParamsOf} from '#onchain/bond-params';
import type {ChannelDeployment} from '#onchain/channel-deployment';
import {channelDatum} from '#onchain/data/channel-data';
import {publishBondPlan} from '#onchain/plans/bond-plans';
import type {CardanoChannel} from '#onchain/plans/channel-plans';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {buildBond} from '#onchain/plutus/build-bond';
import {buildChannel} from '#onchain/plutus/build-channel';
import {crypto} from './crypto.ts';
import type {GovernanceDevnet} from './governance-devnet.ts';
import {must} from './must.ts';

const DAY_MS = 86_400_000;

export type ValueSetting = {
	readonly world: GovernanceDevnet;
	readonly channels: ChannelDeployment;
	readonly bonds: BondDeployment;
	/** Of the wallet that deployed: bonds are put up for it. */
	readonly provider: Hash32;
};

/** What all outputs under a pattern of Kupo's hold. */
export const sumOf = async (url: string, pattern: string, unit?: string): Promise<bigint> =>
	(await openCardanoIndex(url).matches(pattern, 'unspent', undefined)).reduce(
		(sum, {lovelace, units}) => sum + (unit === undefined ? lovelace : (units.get(unit) ?? 0n)),
		0n,
	);

/** The channel as a transaction leaves it in its first output. */
export const channelAfter = (
	id: CardanoChannel['id'],
	plan: TransactionPlan,
	{txId}: ExecutedTransaction,
): CardanoChannel => {
	const {lovelace, datum} = defined(plan.outputs[0], 'the channel goes on');
	const read = must(channelDatum.fromData(defined(datum, 'a channel has a datum')));
	return {id, ref: {txId, index: 0}, lovelace, datum: read};
};

export const valueSetting = async (world: GovernanceDevnet): Promise<ValueSetting> => {
	const {devnet} = world;
	const {network, scripts} = devnet.deployment;
	const params = {networkId: 0, windowMs: DAY_MS};
	const bondParams = bondParamsOf(scripts, BOND_TERMS);
	const compiled = {network, params: bondParams, bond: buildBond(crypto, bondParams)};
	const {txId} = await devnet.execute(publishBondPlan(compiled));
	const opening = {kind: 'provider' as const, operatorVk: new Uint8Array(32), collateral: Lovelace(0n)};
	const {claimId: provider} = await devnet.contracts.openClaim(opening);
	const reference = {txId, index: 0};
	return {
		world,
		channels: {network, params, channel: buildChannel(crypto, params)},
		bonds: {...compiled, bond: {...compiled.bond, reference}},
		provider,
	};
};
