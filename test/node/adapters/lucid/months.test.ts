/** A year of checkpoints on the devnet: Scalus is the ledger, aiken's evaluator judges before it. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {createKupoCheckpoints} from '#node/adapters/kupo-checkpoints';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import {enterpriseAddress} from '#onchain/cardano/address';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {enactedRecovery} from '#onchain/data/recovery-data';
import {recoverPlan} from '#onchain/plans/checkpoint-plan';
import {emptyPlan} from '#onchain/plans/transaction-plan';
import {buildScript} from '#onchain/plutus/build-script';
import {script, truth} from '#onchain/plutus/core';
import {type ContractDevnet, contractDevnet} from '../../../support/contract-devnet.ts';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, signCheckpoint, type TestCommittee, testCommittee} from '../../../support/side-chain.ts';

/** Whatever governance is: here a script that passes everything. */
const governance = buildScript(
	crypto,
	script(() => truth(true)),
);
const NAME = encodeUtf8('proposal 1');

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

/** What a passed proposal leaves behind, and the checkpoint's transaction that reads it. */
const recover = async ({deployment, reader, execute}: ContractDevnet, period: number): Promise<void> => {
	const recovery = {period, committeeHash: CHOSEN.hash};
	const unit = toHex(governance.hash) + toHex(NAME);
	const {txId} = await execute({
		...emptyPlan,
		mint: [{unit, quantity: 1n, redeemer: dataConstructor(0)}],
		scripts: [governance],
		outputs: [
			{
				address: enterpriseAddress('testnet', {kind: 'script', hash: governance.hash}),
				lovelace: 3_000_000n,
				assets: new Map([[unit, 1n]]),
				datum: enactedRecovery(recovery, {id: 1, anchorHash: hashOf(1), enactedByMs: 0}),
			},
		],
	});
	const record = {ref: {txId, index: 0}, name: NAME, recovery};
	const plan = recoverPlan(deployment, await reader.checkpoint(), record);
	if (!plan.ok) throw new TypeError(plan.error.code);
	await execute(plan.value);
};

const kupoOf = ({url, deployment}: ContractDevnet) => {
	const {checkpoint, registry, bridge} = deployment.scripts;
	const kupo = {kupoUrl: url, checkpointScriptHash: checkpoint.hash};
	return {
		mainChain: createKupoMainChain({
			...kupo,
			bridgeScriptHash: bridge.hash,
			registryPolicy: registry.hash,
		}),
		history: createKupoCheckpoints({...kupo, genesisHash: deployment.genesisHash, stableDepth: 0}),
	};
};

/** Rolls Cardano back to before the newest checkpoint. A block that is made meanwhile is one too few: then once more. */
const undoNewest = async (devnet: ContractDevnet): Promise<void> => {
	const {mainChain, history} = kupoOf(devnet);
	const newest = (await history.stable()).at(-1);
	for (;;) {
		const there = (await history.stable()).at(-1);
		if (newest === undefined || there?.period !== newest.period) return;
		const {slot} = await mainChain.tip();
		const body = JSON.stringify({blocks: slot - there.createdAt.slot + 1});
		const headers = {'content-type': 'application/json'};
		const answer = await fetch(`${devnet.url}/devnet/rollback`, {method: 'POST', headers, body});
		if (!answer.ok) throw new TypeError(await answer.text());
	}
};

/** What Kupo tells of the year. */
const toldOf = async (devnet: ContractDevnet) => {
	const {mainChain, history} = kupoOf(devnet);
	const after = await mainChain.blockAt(0);
	const events = after && (await mainChain.events({after, upTo: await mainChain.tip()}));
	return {known: await history.stable(), events};
};

test('twelve months: committees change, one month is skipped, Cardano rolls back, a dead committee is replaced', async t => {
	const devnet = await contractDevnet(t, {
		committee: committeeOf(0),
		traced: false,
		governance: governance.hash,
	});
	const {contracts} = devnet;
	const stands = async (period: number, committeeHash: Hash32 = committeeOf(period).hash) =>
		t.like(await contracts.readCheckpoint(), {period, committeeHash});
	for (const month of [1, 2, 3, 4]) await advance(devnet, committeeOf(month - 1), month);
	await stands(4);

	await t.throwsAsync(
		advance(devnet, committeeOf(4), 5, weight => weight > 25n && weight < 31n),
		{code: 'CHECKPOINT_QUORUM_MISSING'},
	);
	await t.throwsAsync(advance(devnet, committeeOf(5), 6), {code: 'CARDANO_SCRIPT_REFUSED'});
	await advance(devnet, committeeOf(4), 6);
	await stands(6);

	await undoNewest(devnet);
	await stands(4);
	await advance(devnet, committeeOf(4), 6);
	await advance(devnet, committeeOf(6), 7);
	await stands(7);

	await recover(devnet, 7);
	await stands(7, CHOSEN.hash);
	await t.throwsAsync(advance(devnet, committeeOf(7), 11), {code: 'CARDANO_SCRIPT_REFUSED'});
	await advance(devnet, CHOSEN, 11);
	await advance(devnet, committeeOf(11), 12);
	await stands(12);

	const {known, events} = await toldOf(devnet);
	const confirmed = [1, 2, 3, 4, 6, 7, 11, 12];
	t.deepEqual(
		known.map(({period, committeeHash}) => [period, toHex(committeeHash)]),
		confirmed.map(period => [period, toHex(committeeOf(period).hash)]),
	);
	const told = confirmed.map(period => ({
		kind: 'checkpoint-confirmed',
		period,
		blockHash: nextOf(period).blockHash,
	}));
	const replaced = {kind: 'committee-recovered', period: 7, committeeHash: CHOSEN.hash};
	t.deepEqual(events as unknown, [...told.slice(0, 6), replaced, ...told.slice(6)]);
});
