import test, {type ExecutionContext} from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, type HeaderHash} from '#kernel/hash';
import {createKupoCheckpoints} from '#node/adapters/kupo-checkpoints';
import type {CheckpointOnCardano} from '#node/ports/checkpoint-history';
import {CHECKPOINT_NFT_NAME, checkpointDatum} from '#onchain/data/checkpoint-data';
import {
	type Answer,
	checkpoint,
	checkpointBytes,
	checkpointOutput,
	codeOf,
	hashOfSlot,
	matchOf,
	place,
	ref,
	scripted,
	serve,
} from '../../support/scripted-kupo.ts';

const genesisHash = hashOfSlot(1);

const stable = async (t: ExecutionContext, answer: Answer): Promise<readonly CheckpointOnCardano[]> =>
	createKupoCheckpoints({
		kupoUrl: await serve(t, answer),
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		genesisHash,
		stableDepth: 5,
	}).stable();

const datumOf = (period: number) => ({
	genesisHash,
	period,
	blockHash: hashOfSlot(100 + period) as HeaderHash,
	stateRoot: hashOfSlot(2),
	payoutRoot: hashOfSlot(3),
	committeeHash: hashOfSlot(4),
});

test('finds all checkpoints that ever were, by period, with what they say', async t => {
	const outputs = [checkpointOutput(place(4), 2), checkpointOutput(place(0), 1)].map(matchOf);
	t.deepEqual(await stable(t, scripted({checkpoint: outputs, tip: 17})), [
		{...datumOf(1), createdAt: ref(11)},
		{...datumOf(2), createdAt: ref(12)},
	]);
});

test('a period is told as it ended, not with the committee that governance gave it later', async t => {
	const outputs = [
		checkpointOutput(place(5), 3),
		checkpointOutput(place(4), 1, checkpointBytes(1, 9)),
		checkpointOutput(place(0), 1),
	].map(matchOf);
	t.deepEqual(await stable(t, scripted({checkpoint: outputs, tip: 40})), [
		{...datumOf(1), createdAt: ref(11)},
		{...datumOf(3), createdAt: ref(20)},
	]);
});

test('leaves out what is not stable yet, the deployment, and what is no checkpoint of this network', async t => {
	const foreign = checkpointDatum.encode({...datumOf(5), genesisHash: hashOfSlot(9)});
	const outputs = [
		checkpointOutput(place(0), 0),
		checkpointOutput(place(1), 1),
		checkpointOutput(place(4), 2),
		checkpointOutput(place(2), 5, foreign),
		checkpointOutput(place(2), 6, Uint8Array.of(1, 2)),
		{...checkpointOutput(place(2), 7), datumType: 'hash' as const},
		{...checkpointOutput(place(2), 8), assets: {[`${checkpoint}.${toHex(CHECKPOINT_NFT_NAME)}00`]: 1}},
	].map(matchOf);
	const found = await stable(t, scripted({checkpoint: outputs, tip: 16}));
	t.deepEqual(
		found.map(({period}) => period),
		[1],
	);
});

test('says that nobody answers', async t => {
	const unreachable = createKupoCheckpoints({
		kupoUrl: 'http://127.0.0.1:1',
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		genesisHash,
		stableDepth: 5,
	});
	t.is(await codeOf(t, unreachable.stable()), 'MAIN_CHAIN_UNREACHABLE');
});
