/** How providers' bonds come to Cardano: after the contracts that their script names. */
import type {Hasher} from '#crypto/crypto';
import type {Hash32} from '#kernel/hash';
import {type BondTerms, bondParamsOf} from '#onchain/bond-params';
import type {Deployment} from '#onchain/deployment';
import {publishBondPlan} from '#onchain/plans/bond-plans';
import type {Deliver, ExecutedTransaction} from './execute-plan.ts';
import type {CardanoAccess, WatchedAccess} from './lucid-session.ts';
import {publishBondsPurpose, purposeOn} from './payment-purpose.ts';
import {PlanRunner, type WalletOptions} from './plan-runner.ts';
import {submitPorts} from './submit-ports.ts';

export type DeployBondsOptions = WalletOptions & {
	readonly terms: BondTerms;
	/** Is given the deployment with the bonds in it before anybody else hears of them, and again when they are in a block. */
	readonly record: (deployment: Deployment) => Promise<void>;
	readonly signal?: AbortSignal | undefined;
};

/**
 * Compiles the script of bonds for contracts that are deployed, and publishes it or delivers the draft of that. Anybody may: the script follows from the
 * contracts and the terms, so a second copy is the same script at another output.
 */
export const deployBonds = async (
	hasher: Hasher,
	access: CardanoAccess | WatchedAccess,
	deployment: Deployment,
	{terms, record, deliver, signal, ...wallet}: DeployBondsOptions,
): Promise<ExecutedTransaction> => {
	const {buildBond} = await import('#onchain/plutus/build-bond');
	const {network, scripts} = deployment;
	const params = bondParamsOf(scripts, terms);
	const bond = buildBond(hasher, params);
	const tell = ({txId}: {readonly txId: Hash32}): Promise<void> =>
		record({...deployment, bonds: {terms, script: {...bond, reference: {txId, index: 0}}}});
	const recorded: Deliver | undefined = deliver && (draft => tell(draft).then(() => deliver(draft)));
	const transaction = await new PlanRunner(access, {...wallet, deliver: recorded}).run(
		purposeOn(deployment, publishBondsPurpose(terms)),
		async () => publishBondPlan({network, params, bond}),
		{keep: tell, signal},
	);
	await tell(transaction);
	return transaction;
};

/** Whether the bonds that the record names are in a block: it is written before the transaction is handed in. */
export const areBondsThere = async (
	place: Pick<CardanoAccess, 'kupoUrl' | 'ogmiosUrl'>,
	{bonds}: Deployment,
	signal?: AbortSignal,
): Promise<boolean> =>
	bonds !== undefined && (await submitPorts(place).isInBlock(bonds.script.reference.txId, signal));
