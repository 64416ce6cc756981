/** Step 5: an epoch passes: commitments, challenge, proofs, payment; and a proof with one altered byte. */
import {fromHex, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {EventLine} from '#node/ports/control-api';
import {ada, byteSize, short} from '../../format.ts';
import {submitAction, waitForTransaction} from '../../wallet.ts';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';
import {submitAlteredProof, type WatchedProvider} from './altered-proof.ts';
import {agreeOnTip} from './consensus.ts';

const PHASE_MS_MAX = 300_000;

const ofEpoch =
	(kind: string, epoch: number) =>
	({event}: EventLine): string | undefined =>
		event.kind === kind && event['epoch'] === epoch ? String(event['provider']) : undefined;

const commitments = async (stage: NetworkStage, epoch: number, count: number): Promise<void> => {
	const bar = stage.account.progress(`commitments of epoch ${epoch}`, count, 'providers');
	const committed = await stage.events.waitForAll(
		`all commitments of epoch ${epoch}`,
		ofEpoch('committed', epoch),
		count,
		PHASE_MS_MAX,
		bar.advance,
	);
	bar.finish();
	for (const [provider, {blockNo, event}] of committed)
		stage.account.tell(
			'committed',
			`${short(provider)} committed root ${short(String(event['root']))} over ${event['totalLeaves']} leaves in block ${blockNo}`,
			{provider, blockNo, root: event['root'], totalLeaves: event['totalLeaves']},
		);
};

const proofs = async (
	stage: NetworkStage,
	watched: WatchedProvider,
	epoch: number,
	count: number,
): Promise<void> => {
	const {account, events, relay} = stage;
	const drawn = await events.waitFor(
		`the challenge of epoch ${epoch}`,
		({event}) => event.kind === 'challenge-drawn' && event['epoch'] === epoch,
		PHASE_MS_MAX,
	);
	account.tell(
		'challenge',
		`challenge drawn by the chain: seed ${short(String(drawn.event['seed']))}, known in block ${drawn.blockNo}`,
		{
			blockNo: drawn.blockNo,
			seed: drawn.event['seed'],
		},
	);
	await submitAlteredProof(stage, watched, {epoch, seed: fromHex(String(drawn.event['seed'])) as Hash32});
	const bar = account.progress(`proofs of epoch ${epoch}`, count, 'providers');
	const proven = await events.waitForAll(
		`all proofs of epoch ${epoch}`,
		ofEpoch('proven', epoch),
		count,
		PHASE_MS_MAX,
		bar.advance,
	);
	bar.finish();
	const last = Math.max(...[...proven.values()].map(({blockNo}) => blockNo));
	const blocks = await Promise.all(
		[...new Set([...proven.values()].map(({blockNo}) => blockNo))].map(blockNo =>
			relay.client.block(blockNo),
		),
	);
	const sizes = blocks.flatMap(block => block?.proofSizesBytes ?? []);
	const {blockNo} = await agreeOnTip(stage, last);
	account.tell(
		'proven',
		`${count} proofs (${sizes.map(byteSize).join(', ')}) are in blocks up to ${last}; every node verified them (all agree on block ${blockNo})`,
		{count, sizes, lastBlock: last},
	);
	stage.figures.push(['proof of storage', `${byteSize(Math.max(...sizes))} at most, ${count} an epoch`]);
};

/** The epoch of the storage step: every provider commits, proves and is paid. */
export const proveEpoch = async (
	stage: NetworkStage,
	watched: WatchedProvider,
	epoch: number,
	holders: readonly string[],
): Promise<void> => {
	await commitments(stage, epoch, holders.length);
	await proofs(stage, watched, epoch, holders.length);
	const paid = await stage.events.waitForAll(
		`payment for epoch ${epoch}`,
		ofEpoch('storage-paid', epoch),
		holders.length,
		PHASE_MS_MAX,
	);
	for (const [provider, {event, blockNo}] of paid) {
		const amount = BigInt(String(event['amount']));
		const fee = BigInt(String(event['fee']));
		stage.account.tell(
			'paid',
			`${short(provider)} was paid ${ada(amount - fee)} for epoch ${epoch} (the payer paid ${ada(amount)}, of it ${ada(fee)} fee) in block ${blockNo}`,
			{provider, epoch, amount, fee, blockNo},
		);
	}
	const {blockNo} = [...paid.values()][0] ?? {blockNo: 0};
	check(blockNo > 0, 'the providers were paid');
};

/** With --full: the epoch after the repair, in which everybody who is left proves old and rebuilt pieces alike. */
export const proveAgain = async (stage: NetworkStage): Promise<void> => {
	const {epoch} = await stage.relay.client.status();
	stage.account.step(11, 'one more epoch, with the rebuilt pieces');
	const paid = await stage.events.waitForAll(
		`payment for epoch ${epoch}`,
		ofEpoch('storage-paid', epoch),
		stage.providers.length,
		PHASE_MS_MAX,
	);
	for (const [provider, {blockNo}] of paid)
		stage.account.tell('paid', `${short(provider)} was paid for epoch ${epoch} in block ${blockNo}`, {
			provider,
			epoch,
			blockNo,
		});
};

/** `period`: whose checkpoint has the leaf. `amount` in lovelace. */
export type Withdrawal = {readonly amount: bigint; readonly period: number};

/** A provider burns what it earned here, to claim it on Cardano after the checkpoint. */
export const withdrawEarnings = async (stage: NetworkStage): Promise<Withdrawal> => {
	const [provider] = stage.people.providers;
	const [claimId] = stage.claims;
	check(provider !== undefined && claimId !== undefined, 'there is a first provider');
	const account = toHex(provider.owner.account);
	const before = await stage.relay.client.account(account);
	let amount = Lovelace(0n);
	// The block that paid may have lost to another one meanwhile: then the next one pays.
	await until('provider-1 has earned something', PHASE_MS_MAX, stage.signal, async () => {
		amount = Lovelace(BigInt((await stage.relay.client.provider(claimId))?.earned ?? '0'));
		return amount > 0n;
	});
	const txId = await submitAction(stage.relay.client, stage.network, {
		sender: provider.owner.seed,
		action: {kind: 'withdraw', claimId: fromHex(claimId) as Hash32, amount},
	});
	const block = await waitForTransaction(stage.relay.client, txId, {signal: stage.signal});
	const after = await stage.relay.client.account(account);
	stage.account.tell(
		'withdrawn',
		`provider-1 burns the ${ada(amount)} that it earned, in block ${block.blockNo}: its balance went from ${ada(BigInt(before.balance))} to ${ada(BigInt(after.balance))}`,
		{amount, txId, blockNo: block.blockNo},
	);
	const {epochLength, checkpointEvery} = stage.network.genesis;
	return {amount, period: Math.floor(block.slot / (epochLength * checkpointEvery)) + 1};
};
