import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {CHECKPOINT_NFT_NAME, type CheckpointDatum, checkpointDatum} from '#onchain/data/checkpoint-data';
import {type ClaimDatum, claimDatum} from '#onchain/data/claim-data';
import type {DatumRecord} from '#onchain/data/record';
import type {Deployment} from '#onchain/deployment';
import type {PlanUtxo, PlanUtxoWith} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import type {KupoMatch} from '../kupo-client.ts';

/** What stands on Cardano now, with the outputs that transactions build on. */
export type ContractReader = {
	/** Throws CARDANO_CONTRACT_MISSING before the deployment. */
	checkpoint(signal?: AbortSignal): Promise<PlanUtxoWith<CheckpointDatum>>;
	/** Throws CARDANO_CLAIM_MISSING when no such claim was opened. */
	claim(claimId: Hash32, signal?: AbortSignal): Promise<PlanUtxoWith<ClaimDatum>>;
	/** The claim that a transaction in a block has opened. Throws CARDANO_CLAIM_MISSING. */
	claimOpenedBy(txId: Hash32, signal?: AbortSignal): Promise<Hash32>;
	/** Outputs that the bridge can pay from. */
	bridgeMoney(signal?: AbortSignal): Promise<readonly PlanUtxo[]>;
	/** Outputs with ADA only at an address in bech32. */
	moneyOf(address: string, signal?: AbortSignal): Promise<readonly PlanUtxo[]>;
	/** Outputs that the treasury can pay from. */
	treasuryMoney(signal?: AbortSignal): Promise<readonly PlanUtxo[]>;
};

export const balanceOf = (money: readonly PlanUtxo[]): Lovelace =>
	Lovelace(money.reduce((sum, {lovelace}) => sum + lovelace, 0n));

const CLAIM_MISSING = {
	code: 'CARDANO_CLAIM_MISSING',
	message: 'No such claim was opened on this Cardano network: open one first.',
};

const utxoOf = ({txId, index, lovelace}: KupoMatch): PlanUtxo => ({ref: {txId, index}, lovelace});

export const createContractReader = (kupoUrl: string, {scripts}: Deployment): ContractReader => {
	const kupo = openCardanoIndex(kupoUrl);
	const unspent = (pattern: string, signal: AbortSignal | undefined) =>
		kupo.matches(pattern, 'unspent&resolve_hashes', signal);

	const holder = async <T>(
		unit: {readonly policy: Uint8Array; readonly name: Uint8Array},
		form: DatumRecord<T>,
		missing: {readonly code: string; readonly message: string},
		signal: AbortSignal | undefined,
	): Promise<PlanUtxoWith<T>> => {
		const [match] = await unspent(`${toHex(unit.policy)}.${toHex(unit.name)}`, signal);
		const datum = match?.datum === undefined ? undefined : form.decode(match.datum);
		if (match === undefined || !datum?.ok) throw new NodeError({...missing, name: toHex(unit.name)});
		return {...utxoOf(match), datum: datum.value};
	};

	/** Whatever holds another asset can never be paid out. */
	const moneyAt = async (pattern: string, signal: AbortSignal | undefined): Promise<readonly PlanUtxo[]> => {
		const matches = await unspent(pattern, signal);
		return matches.filter(({units}) => units.size === 0).map(utxoOf);
	};

	return {
		checkpoint: signal =>
			holder(
				{policy: scripts.checkpoint.hash, name: CHECKPOINT_NFT_NAME},
				checkpointDatum,
				{
					code: 'CARDANO_CONTRACT_MISSING',
					message:
						'The checkpoint is not on this Cardano network: check the deployment file and the network.',
				},
				signal,
			),
		claim: (claimId, signal) =>
			holder({policy: scripts.registry.hash, name: claimId}, claimDatum, CLAIM_MISSING, signal),
		claimOpenedBy: async (txId, signal) => {
			const policy = toHex(scripts.registry.hash);
			const outputs = await kupo.matches(`*@${toHex(txId)}`, '', signal);
			const unit = outputs.flatMap(({units}) => [...units.keys()]).find(each => each.startsWith(policy));
			if (unit === undefined) throw new NodeError({...CLAIM_MISSING, txId: toHex(txId)});
			return Hash32(fromHex(unit.slice(policy.length)));
		},
		moneyOf: moneyAt,
		bridgeMoney: signal => moneyAt(`${toHex(scripts.bridge.hash)}/*`, signal),
		treasuryMoney: signal => moneyAt(`${toHex(scripts.treasury.hash)}/*`, signal),
	};
};
