/** The attacks, all in one epoch: each has a provider or an agreement of its own. */
import {readdir, truncate} from 'node:fs/promises';
import path from 'node:path';
import {check, type NetworkStage} from '#cli/demo/stage';
import {until} from '#cli/demo/until';
import type {Member} from '#cli/devnet/start-nodes';
import {submitAction, waitForTransaction} from '#cli/wallet';
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {SignedRevision} from '#ledger/agreements/revision';
import {bestProof, emptied, inflated, proofOfNothing, proving} from './forgeries.ts';
import {tellMisses, tellPaid} from './outcomes.ts';
import {type RogueProvider, refusedByAll, takeOver} from './rogue-provider.ts';
import {
	commitFrom,
	customersOf,
	INFLATES,
	LEAD_SLOTS,
	LOSES,
	OMITS,
	ofEpoch,
	PHASE_MS_MAX,
	type Scene,
	setUp,
	slotNow,
} from './scene.ts';

/** Anybody may show the chain what both sides have signed: here the owner does, of what will be left out. */
const post = async (
	{relay, network, people, signal}: NetworkStage,
	revision: SignedRevision,
): Promise<void> => {
	const order = {sender: people.customer.seed, action: {kind: 'revision-post', revision}} as const;
	const txId = await submitAction(relay.client, network, order);
	await waitForTransaction(relay.client, txId, {signal});
};

/** All that a provider has on its disk, while it runs. */
const wipePieces = async ({layout}: NetworkStage, name: string): Promise<number> => {
	const folder = path.join(layout.node(name), 'pieces');
	const logs = (await readdir(folder)).filter(file => file.endsWith('.pieces'));
	for (const log of logs) await truncate(path.join(folder, log), 0);
	return logs.length;
};

const running = (
	{relay, producers, providers}: NetworkStage,
	rogues: readonly RogueProvider[],
): readonly Member[] =>
	[relay, ...producers, ...providers].filter(({name}) => rogues.every(rogue => rogue.name !== name));

/** Commits as soon as it is time. */
const commit = async ({stage}: Scene, wire: Uint8Array): Promise<void> =>
	until('the commitment is taken', PHASE_MS_MAX, stage.signal, async () => {
		const answer = await stage.relay.client.submit(wire);
		check(answer.ok || answer.error.code === 'COMMITMENT_OUT_OF_WINDOW', 'it is taken in its window', {
			answer,
		});
		return answer.ok;
	});

/** Every node refuses what is forged; what a rogue commits to for want of better is what it misses by. */
const commitAndProve = async (
	scene: Scene,
	inflater: RogueProvider,
	omitter: RogueProvider,
): Promise<void> => {
	const {stage, epoch} = scene;
	const nodes = running(stage, [inflater, omitter]);
	await commit(scene, await omitter.sign(emptied(scene, omitter)));
	const sum = inflated(scene, inflater);
	await refusedByAll(stage, nodes, {
		what: 'a sum above what is paid for',
		wire: await inflater.sign({...sum, totalLeaves: sum.totalLeaves + 1}),
		codes: ['COMMITMENT_TOO_LARGE'],
	});
	await commit(scene, await inflater.sign(sum));
	const ids = [inflater.id, omitter.id];
	await stage.events.waitForAll('both commitments', ofEpoch('committed', epoch, ids), 2, PHASE_MS_MAX);
	const drawn = await stage.events.waitFor(
		`the challenge of epoch ${epoch}`,
		({event}) => event.kind === 'challenge-drawn' && event['epoch'] === epoch,
		PHASE_MS_MAX,
	);
	const seed = fromHex(String(drawn.event['seed'])) as Hash32;
	await refusedByAll(stage, nodes, {
		what: 'the best proof of an inflated sum',
		wire: await proving(scene, inflater, bestProof(scene, inflater, seed)),
		codes: ['PROOF_INVALID'],
	});
	await refusedByAll(stage, nodes, {
		what: 'a proof that leaves an agreement out',
		wire: await proving(scene, omitter, proofOfNothing(stage)),
		codes: ['PROOF_LEAVES_TOO_FEW'],
	});
};

export const playAttacks = async (stage: NetworkStage): Promise<void> => {
	const {account, signal} = stage;
	account.step(3, 'agreements, honest ones and others');
	const scene = await setUp(stage);
	const {epoch} = scene;
	await post(stage, customersOf(scene, OMITS).signed);
	const blow = commitFrom(stage, epoch) - LEAD_SLOTS;
	await until('the epoch before ends', PHASE_MS_MAX, signal, async () => (await slotNow(stage)) >= blow);
	account.step(4, 'three providers cheat in one epoch');
	const loser = defined(stage.providers[LOSES], 'there is such a provider').name;
	const [inflater, omitter, logs] = await Promise.all([
		takeOver(stage, INFLATES),
		takeOver(stage, OMITS),
		wipePieces(stage, loser),
	]);
	account.tell(
		'cheats',
		`${inflater.name} inflates a sum, ${omitter.name} leaves an agreement out, ${loser} has thrown away ${logs} files of pieces`,
	);
	await commitAndProve(scene, inflater, omitter);
	await tellMisses(scene, [
		{what: `${inflater.name}, sum inflation`, index: INFLATES},
		{what: `${omitter.name}, omission`, index: OMITS},
		{what: `${loser}, pieces thrown away`, index: LOSES},
	]);
	await tellPaid(scene);
};
