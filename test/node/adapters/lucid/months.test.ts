/** Twelve checkpoints in sixteen months, and votes on the devnet: Scalus is the ledger, aiken's evaluator judges before it. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {recoverCommittee} from '#cli/commands/checkpoint-recover';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McRef} from '#kernel/main-chain-event';
import {createKupoCheckpoints} from '#node/adapters/kupo-checkpoints';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {createMainChainWatcher} from '#node/services/main-chain-watcher';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {committeeRecoveryEffect, grantEffect} from '#onchain/data/governance-effect';
import {encodeDeployment} from '#onchain/deployment';
import {type ContractDevnet, WALLET} from '../../../support/contract-devnet.ts';
import {walletAddress} from '../../../support/contract-world.ts';
import {
	ADA,
	ALLOCATIONS,
	type GovernanceDevnet,
	governanceDevnet,
	TOKENS,
} from '../../../support/governance-devnet.ts';
import {hashOf, signCheckpoint, type TestCommittee, testCommittee} from '../../../support/side-chain.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {type Teardown, temporaryFolder} from '../../../support/temporary-folder.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const HOUR_MS = 3_600_000n;

/** Stake moves every month, and so do the weights; every third month a member more. */
const committeeOf = (month: number): TestCommittee =>
	testCommittee([20n + BigInt(month), 30n, 25n, ...(month % 3 === 0 ? [10n] : [])]);
/** Nobody knows who that is: a committee that governance named. */
const CHOSEN = testCommittee([1n, 2n, 3n, 4n, 5n]);

const nextOf = (period: number) => ({
	period,
	blockHash: hashOf(period),
	stateRoot: hashOf(100 + period),
	payoutRoot: hashOf(150 + period),
	nextCommitteeHash: committeeOf(period).hash,
});

const advance = (
	{deployment, contracts}: ContractDevnet,
	committee: TestCommittee,
	period: number,
	signs?: (weight: bigint) => boolean,
) => {
	const next = nextOf(period);
	const signatures = signCheckpoint(committee, deployment, next, signs);
	return contracts.advanceCheckpoint({next, committee: committee.members, signatures});
};

const kupoOf = ({url, deployment}: ContractDevnet) => {
	const {checkpoint, registry, bridge} = deployment.scripts;
	const kupo = {kupoUrl: url, checkpointScriptHash: checkpoint.hash};
	return {
		mainChain: createKupoMainChain({
			...kupo,
			bridgeScriptHash: bridge.hash,
			registryPolicy: registry.hash,
			governanceScriptHash: null,
		}),
		history: createKupoCheckpoints({...kupo, genesisHash: deployment.genesisHash, stableDepth: 0}),
	};
};

/** Rolls Cardano back to before the newest checkpoint. */
const undoNewest = async (devnet: ContractDevnet): Promise<void> => {
	const {mainChain, history} = kupoOf(devnet);
	const newest = defined((await history.stable()).at(-1), 'a checkpoint');
	const {slot} = await mainChain.tip();
	const body = JSON.stringify({blocks: slot - newest.createdAt.slot + 1});
	const headers = {'content-type': 'application/json'};
	const answer = await fetch(`${devnet.url}/devnet/rollback`, {method: 'POST', headers, body});
	if (!answer.ok) throw new TypeError(await answer.text());
};

/** What Kupo tells of the year. */
const toldOf = async (devnet: ContractDevnet) => {
	const {mainChain, history} = kupoOf(devnet);
	const after = await mainChain.blockAt(0);
	const events = after && (await mainChain.events({after, upTo: await mainChain.tip()}));
	return {known: await history.stable(), events};
};

const ANCHOR = {anchorHash: hashOf(1), anchorUrl: new Uint8Array(30)};

/** Proposes an effect that holders of so many million tokens vote for; what became of it is up to the caller. */
const vote = async (
	{operator, holders}: GovernanceDevnet,
	effect: Parameters<typeof operator.governance.propose>[0]['effect'],
	millions: readonly number[],
): Promise<number> => {
	const {id} = await operator.governance.propose({...ANCHOR, effect});
	for (const [index, held] of [4, 3, 2].entries())
		if (millions.includes(held)) await holders[index]?.governance.vote({proposal: id, vote: 'yes'});
	return id;
};

/** A grant that misses the quorum, and one that passes and is paid. */
const voteOnGrants = async (
	t: {is(a: unknown, b: unknown): void},
	world: GovernanceDevnet,
): Promise<void> => {
	const {operator, pass} = world;
	const {voteMs, timelockMs, deposit} = DEFAULT_SETTINGS;
	const grant = grantEffect.toData({
		address: defined(addressToData(walletAddress), 'an address'),
		lovelace: Lovelace(300n * ADA),
		tokens: 0n,
		datum: dataConstructor(0),
	});
	const [lost, passed] = [await vote(world, grant, [2]), await vote(world, grant, [4, 3])];
	await pass(voteMs + HOUR_MS);
	const before = await operator.contracts.treasuryBalance();
	await operator.governance.close({proposal: lost});
	await pass(timelockMs);
	await operator.governance.execute({proposal: passed});
	t.is(await operator.contracts.treasuryBalance(), Lovelace(before + deposit - 300n * ADA));
};

/** Governance gives the checkpoint of that period another committee; anybody carries it out, with the command. */
const recover = async (t: Teardown, world: GovernanceDevnet, period: number): Promise<void> => {
	const {devnet, operator, pass} = world;
	const effect = committeeRecoveryEffect.toData({period, committeeHash: CHOSEN.hash});
	const proposal = await vote(world, effect, [4, 3]);
	await pass(DEFAULT_SETTINGS.recoveryVoteMs + HOUR_MS);
	await pass(DEFAULT_SETTINGS.timelockMs);
	await operator.governance.execute({proposal});
	const folder = await temporaryFolder(t);
	const [deployment, wallet] = [path.join(folder, 'deployment.json'), path.join(folder, 'payment.skey')];
	await writeFile(deployment, encodeDeployment(devnet.deployment));
	await writeKeyFile(wallet, 'PaymentSigningKeyShelley_ed25519', WALLET);
	const options = {deployment, wallet, kupoUrl: devnet.url, proposal: String(proposal)};
	await recoverCommittee([], options, new AbortController().signal);
};

test('twelve checkpoints: committees change, one month is skipped, Cardano rolls back, votes fail and pay, a dead committee is replaced', async t => {
	const world = await governanceDevnet(t, {committee: committeeOf(0), traced: false});
	const {devnet, holders, operator, pass} = world;
	const {contracts} = devnet;
	const stands = async (period: number, committeeHash: Hash32 = committeeOf(period).hash) =>
		t.like(await contracts.readCheckpoint(), {period, committeeHash});
	for (const [index, {governance}] of holders.entries()) {
		await governance.claimTokens(ALLOCATIONS);
		await governance.lockStake({tokens: BigInt(4 - index) * 1_000_000n * TOKENS});
	}
	const gift = {source: 3, amount: 5_000n * ADA, rate: 1_000_000n, reference: new Uint8Array(32)};
	await operator.contracts.depositToTreasury({amount: Lovelace(gift.amount), provenance: gift});
	for (const month of [1, 2]) await advance(devnet, committeeOf(month - 1), month);
	await voteOnGrants(t, world);
	for (const month of [3, 4]) await advance(devnet, committeeOf(month - 1), month);
	await stands(4);

	await t.throwsAsync(
		advance(devnet, committeeOf(4), 5, weight => weight > 25n && weight < 31n),
		{code: 'CHECKPOINT_QUORUM_MISSING'},
	);
	await t.throwsAsync(advance(devnet, committeeOf(5), 6), {code: 'CARDANO_SCRIPT_REFUSED'});
	await advance(devnet, committeeOf(4), 6);
	await stands(6);

	// The side-chain refers to the block with the checkpoint; then Cardano takes more back than it counted as stable.
	const {mainChain} = kupoOf(devnet);
	const slots = (count: number) => pass(count * world.network.slotLengthMs);
	const start = defined(await mainChain.blockAt(0), 'a first block');
	const reference: McRef = await mainChain.tip();
	const events = await mainChain.events({after: start, upTo: reference});
	await slots(5);
	const ports = {mainChain, clock: createVirtualClock(0), log: silentLog};
	const watcher = createMainChainWatcher(ports, {stableDepth: 2});
	t.is(await watcher.judge(start, {mcRef: reference, events}), 'holds');
	await undoNewest(devnet);
	await slots(20);
	await stands(4);
	t.deepEqual(await watcher.segmentAfter(reference), {mcRef: reference, events: []});
	t.is(await watcher.judge(reference, {mcRef: reference, events: []}), 'holds', 'the side-chain goes on');
	t.not(watcher.rolledBackSinceMs(), undefined);

	await advance(devnet, committeeOf(4), 6);
	await advance(devnet, committeeOf(6), 7);
	await stands(7);

	await recover(t, world, 7);
	await stands(7, CHOSEN.hash);
	await t.throwsAsync(advance(devnet, committeeOf(7), 11), {code: 'CARDANO_SCRIPT_REFUSED'});
	await advance(devnet, CHOSEN, 11);
	for (const month of [12, 13, 14, 15, 16]) await advance(devnet, committeeOf(month - 1), month);
	await stands(16);

	const {known, events: told} = await toldOf(devnet);
	const confirmed = [1, 2, 3, 4, 6, 7, 11, 12, 13, 14, 15, 16];
	t.deepEqual(
		known.map(({period, committeeHash}) => [period, toHex(committeeHash)]),
		confirmed.map(period => [period, toHex(committeeOf(period).hash)]),
	);
	const expected = confirmed.map(period => ({
		kind: 'checkpoint-confirmed',
		period,
		blockHash: nextOf(period).blockHash,
	}));
	const replaced = {kind: 'committee-recovered', period: 7, committeeHash: CHOSEN.hash};
	t.deepEqual(told as unknown, [...expected.slice(0, 6), replaced, ...expected.slice(6)]);
});
