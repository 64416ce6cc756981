import test from 'ava';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {NodeError} from '#kernel/node-error';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {createKupoCheckpoints} from '#node/adapters/kupo-checkpoints';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import {deployContracts, prepareDeployment} from '#node/adapters/lucid/deploy-contracts';
import {createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {cardanoKey} from '#onchain/cardano/key-address';
import {decodeDeployment, encodeDeployment} from '#onchain/deployment';
import {comparePayoutLeaves, PAYOUT_TAG, type PayoutLeaf, payoutProof, payoutRoot} from '#onchain/payout';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const ADA = 1_000_000n;
const OPERATOR = new Uint8Array(32).fill(1);
const PROVIDER = new Uint8Array(32).fill(2);

test('money goes over the bridge and back: deploy, deposit, open, certify, claim; the ledger refuses the rest', async t => {
	const addressOf = (seed: Uint8Array) => cardanoKey(crypto, 'testnet', seed).address;
	const options = {
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		slotLengthMs: 100,
		funds: [OPERATOR, PROVIDER].map(seed => ({address: addressOf(seed), lovelace: 10_000n * ADA})),
	};
	const devnet = await startCardanoDevnet(options);
	const {zeroTimeMs, slotLengthMs, networkMagic: magic, url} = devnet;
	const network = {magic, zeroTimeMs, slotLengthMs};
	const access = {kupoUrl: url, ogmiosUrl: url, network, walletKey: OPERATOR};
	const committee = testCommittee([40n, 40n, 20n]);

	const prepared = await prepareDeployment(crypto, access, {
		genesisCommitteeHash: committee.hash,
		systemStartMs: zeroTimeMs,
		periodMs: 100,
	});
	const {deployment} = await deployContracts(access, prepared, {
		genesisHash: hashOf(7),
		backing: Lovelace(1_000n * ADA),
	});
	t.deepEqual(decodeDeployment(crypto, encodeDeployment(deployment)), {ok: true, value: deployment});
	const operator = createLucidContracts(crypto, access, deployment);
	const provider = createLucidContracts(crypto, {...access, walletKey: PROVIDER}, deployment);
	t.is(await operator.bridgeBalance(), Lovelace(1_000n * ADA));
	t.like(await operator.readCheckpoint(), {period: 0, genesisHash: hashOf(7), payoutRoot: hashOf(0)});

	await operator.depositToBridge({account: Hash28(new Uint8Array(28).fill(5)), amount: Lovelace(50n * ADA)});
	t.is(await operator.bridgeBalance(), Lovelace(1_050n * ADA));
	const {claimId} = await provider.openClaim({
		kind: 'provider',
		operatorVk: new Uint8Array(32).fill(9),
		collateral: Lovelace(0n),
	});
	t.like(await provider.readClaim(claimId), {claimed: 0n, status: 0, ownerPkh: provider.wallet.keyHash});

	const leaves: PayoutLeaf[] = [
		{tag: PAYOUT_TAG.withdrawal, claimId, cumulative: Lovelace(30n * ADA + 1n)},
		{tag: PAYOUT_TAG.withdrawal, claimId: deployment.treasuryClaimId, cumulative: Lovelace(5n * ADA)},
	];
	leaves.sort(comparePayoutLeaves);
	const next = {
		period: 1,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: payoutRoot(crypto, leaves),
		nextCommitteeHash: committee.hash,
	};
	const signatures = signCheckpoint(committee, deployment, next);
	const sixty = signCheckpoint(committee, deployment, next, weight => weight === 40n).slice(0, 1);
	const twenty = signCheckpoint(committee, deployment, next, weight => weight === 20n);
	const refused = async (promise: Promise<unknown>) => {
		const error = await t.throwsAsync<NodeError>(promise);
		t.is(error?.code, 'CARDANO_TRANSACTION_REFUSED', `${error?.message}`);
		t.log(String(error?.detail['reason']).slice(0, 160));
		t.regex(String(error?.detail['reason']), /script|plutus|evaluat/i);
	};
	await refused(
		operator.advanceCheckpoint(
			{next, committee: committee.members, signatures: [...sixty, ...twenty]},
			{unchecked: true},
		),
	);
	await t.throwsAsync(
		operator.advanceCheckpoint({next, committee: committee.members, signatures: [...sixty, ...twenty]}),
		{code: 'CHECKPOINT_QUORUM_MISSING'},
	);
	const request = {next, committee: committee.members, signatures};
	await operator.advanceCheckpoint(request);
	t.like(await operator.readCheckpoint(), {period: 1, blockHash: hashOf(1)});
	await refused(operator.advanceCheckpoint(request, {unchecked: true}));
	const history = createKupoCheckpoints({
		kupoUrl: access.kupoUrl,
		checkpointScriptHash: deployment.scripts.checkpoint.hash,
		genesisHash: deployment.genesisHash,
		stableDepth: 0,
	});
	// The deployment is none; the new one is seen as soon as its block is.
	const [known] = await history.stable();
	t.like(known, {period: 1, blockHash: hashOf(1), stateRoot: next.stateRoot, committeeHash: committee.hash});

	const proof = payoutProof(crypto, leaves, {tag: PAYOUT_TAG.withdrawal, claimId});
	const share = payoutProof(crypto, leaves, {
		tag: PAYOUT_TAG.withdrawal,
		claimId: deployment.treasuryClaimId,
	});
	if (proof === undefined || share === undefined) return t.fail('no proof');
	const due = 30n * ADA + 1n;
	await refused(provider.claimWithdrawal({proof, amount: due + 1n}, {unchecked: true}));
	await refused(
		provider.claimWithdrawal(
			{proof: {...proof, leaf: {...proof.leaf, cumulative: Lovelace(due + 1n)}}},
			{unchecked: true},
		),
	);
	await provider.claimWithdrawal({proof});
	t.is(await operator.bridgeBalance(), Lovelace(1_020n * ADA - 1n));
	t.like(await provider.readClaim(claimId), {claimed: due});
	await refused(provider.claimWithdrawal({proof, amount: due}, {unchecked: true}));
	await t.throwsAsync(provider.claimWithdrawal({proof}), {code: 'PAYOUT_NOTHING_TO_CLAIM'});

	await provider.claimTreasuryShare({proof: share});
	t.is(await operator.treasuryBalance(), Lovelace(5n * ADA));
	t.is(await operator.bridgeBalance(), Lovelace(1_015n * ADA - 1n));
	await refused(provider.claimTreasuryShare({proof: share, amount: 5n * ADA}, {unchecked: true}));

	const {checkpoint, bridge, registry} = deployment.scripts;
	const eventsAt = async (kupoUrl: string) => {
		const mainChain = createKupoMainChain({
			kupoUrl,
			bridgeScriptHash: bridge.hash,
			registryPolicy: registry.hash,
			checkpointScriptHash: checkpoint.hash,
			governanceScriptHash: null,
		});
		const after = await mainChain.blockAt(0);
		const upTo = await mainChain.tip();
		return after === undefined ? [] : mainChain.events({after, upTo});
	};
	const events = await eventsAt(url);
	t.like(events, [
		{kind: 'deposit', amount: 50n * ADA, account: new Uint8Array(28).fill(5)},
		{kind: 'claim-opened', claimId, operatorVk: new Uint8Array(32).fill(9)},
		{kind: 'checkpoint-confirmed', period: 1, blockHash: hashOf(1)},
	]);
	t.is(events.length, 3);

	await devnet.stop();
	const again = await startCardanoDevnet(options);
	t.teardown(() => again.stop());
	t.deepEqual(await eventsAt(again.url), events);
	return undefined;
});
