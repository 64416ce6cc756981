import test from 'ava';
import {concat, u64be} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {uncheckedCertificate} from '#onchain/committee';
import {claimDatum} from '#onchain/data/claim-data';
import type {Deployment} from '#onchain/deployment';
import {comparePayoutLeaves, PAYOUT_TAG, type PayoutLeaf, payoutProof, payoutRoot} from '#onchain/payout';
import {advancePlan} from '#onchain/plans/checkpoint-plan';
import {payoutPlan} from '#onchain/plans/payout-plan';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {contractDevnet} from '../../../support/contract-devnet.ts';
import {changeOutput, longer, withStake} from '../../../support/contract-world.ts';
import {crypto} from '../../../support/crypto.ts';
import {refusedOnDevnet} from '../../../support/refused-on-devnet.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';

const ADA = 1_000_000n;
const COMMITTEE = testCommittee([40n, 40n, 20n, 20n]);
const BASE = {blockHash: hashOf(1), stateRoot: hashOf(2), nextCommitteeHash: COMMITTEE.hash};

test('the ledger and the evaluator of the SDK refuse the attacks that plu-ts refuses', async t => {
	const devnet = await contractDevnet(t, {committee: COMMITTEE, traced: true});
	const {deployment, reader, contracts, execute} = devnet;
	const open = () =>
		contracts.openClaim({kind: 'account', operatorVk: new Uint8Array(32), collateral: Lovelace(0n)});
	const {claimId: mine} = await open();
	const {claimId: second} = await open();
	const treasury = deployment.treasuryClaimId;
	const leaves: PayoutLeaf[] = [mine, second, treasury].map(claimId => ({
		tag: PAYOUT_TAG.withdrawal,
		claimId,
		cumulative: Lovelace(20n * ADA),
	}));
	leaves.sort(comparePayoutLeaves);
	const next = {...BASE, period: 1, payoutRoot: payoutRoot(crypto, leaves)};

	const advance = async (
		signing: Deployment = deployment,
		signs: (weight: bigint) => boolean = () => true,
	): Promise<TransactionPlan> => {
		const signatures = signCheckpoint(COMMITTEE, signing, next, signs);
		const certificate = uncheckedCertificate(COMMITTEE.members, signatures);
		return advancePlan(deployment, await reader.checkpoint(), next, certificate);
	};
	const good = await advance();
	const output = good.outputs[0];
	if (output === undefined) return t.fail('an advance has an output');

	await refusedOnDevnet(t, devnet, await advance(deployment, weight => weight === 40n), 'quorum');
	await refusedOnDevnet(t, devnet, changeOutput(good, 0, {datum: longer(output.datum)}), 'out-datum');
	await refusedOnDevnet(t, devnet, changeOutput(good, 0, {address: withStake(output.address)}), undefined);
	const otherNetwork = {...deployment, params: {...deployment.params, networkMagic: 1}};
	await refusedOnDevnet(t, devnet, await advance(otherNetwork), undefined);
	const twice = COMMITTEE.members.flatMap(({verificationKey, weight}) => {
		const member = concat(verificationKey, u64be(weight));
		return [member, member];
	});
	const signatures = signCheckpoint(COMMITTEE, deployment, next, weight => weight === 40n);
	const once = uncheckedCertificate(COMMITTEE.members, signatures);
	const doubled = {
		committee: concat(...twice),
		signatures: once.signatures.flatMap(signature => [signature, signature]),
	};
	const current = await reader.checkpoint();
	await refusedOnDevnet(t, devnet, advancePlan(deployment, current, next, doubled), 'committee');
	await execute(good);

	const payout = async (claimId: typeof mine, index?: number): Promise<TransactionPlan> => {
		const proof = payoutProof(crypto, leaves, {tag: PAYOUT_TAG.withdrawal, claimId});
		if (proof === undefined) throw new TypeError('no such leaf');
		const plan = payoutPlan(deployment, {
			claim: await reader.claim(claimId),
			checkpoint: await reader.checkpoint(),
			proof: {...proof, index: index ?? proof.index},
			money: await reader.bridgeMoney(),
		});
		if (!plan.ok) throw new TypeError(plan.error.code);
		return plan.value;
	};
	const honest = await payout(mine);
	const proven = payoutProof(crypto, leaves, {tag: PAYOUT_TAG.withdrawal, claimId: mine});
	await refusedOnDevnet(t, devnet, await payout(mine, (proven?.index ?? 0) + 4), undefined);
	const change = honest.outputs[1];
	if (change === undefined) return t.fail('the bridge gets change');
	await refusedOnDevnet(t, devnet, changeOutput(honest, 1, {address: withStake(change.address)}), undefined);
	await refusedOnDevnet(t, devnet, {...honest, judge: []}, 'not-judged');

	// Two claims raised, one rule run, both amounts taken.
	const other = await reader.claim(second);
	const otherPlan = await payout(second);
	const bothClaims: TransactionPlan = {
		...honest,
		spend: [...honest.spend, {ref: other.ref, redeemer: dataConstructor(0)}],
		outputs: [
			...honest.outputs.slice(0, 1),
			{...change, lovelace: change.lovelace - 20n * ADA},
			...otherPlan.outputs.slice(0, 1),
		],
	};
	await refusedOnDevnet(t, devnet, bothClaims, 'overpaid');

	// The treasury's claim raised beside somebody else's payout: its share would be lost.
	const share = await reader.claim(treasury);
	const raised = (await payout(treasury)).outputs[0];
	if (raised === undefined) return t.fail('a claim goes on');
	t.like(claimDatum.fromData(raised.datum ?? dataConstructor(0)), {ok: true, value: {claimed: 20n * ADA}});
	const beside: TransactionPlan = {
		...honest,
		spend: [...honest.spend, {ref: share.ref, redeemer: dataConstructor(0)}],
		outputs: [...honest.outputs, raised],
	};
	await refusedOnDevnet(t, devnet, beside, 'treasury-payout');
	await execute(honest);
	return t.like(await contracts.readClaim(mine), {claimed: 20n * ADA});
});
