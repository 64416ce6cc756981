/** Step 10: the period ends, the committee signs, Cardano checks; the treasury and a provider are paid there. */
import {NodeError} from '#kernel/node-error';
import type {CheckpointView, PayoutProofView} from '#node/ports/control-api';
import {ada, short} from '../../format.ts';
import {type Claimed, check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';
import type {Withdrawal} from './proofs.ts';

const CLOSE_MS_MAX = 750_000;
const SIGN_MS_MAX = 150_000;
const CONFIRM_MS_MAX = 200_000;

const COUNTER = /^dcloud_overlay_(\w+?)(?:_total)? (\d+)$/gm;

/** What came to the relay over the overlay: it is quicker than transactions from node to node, which stay the way for all else. */
const tellOverlay = async ({account, relay: {control}, producers}: NetworkStage): Promise<void> => {
	const text = control.metricsUrl === null ? '' : await (await fetch(control.metricsUrl)).text();
	const figures = new Map([...text.matchAll(COUNTER)].map(([, name = '', value]) => [name, Number(value)]));
	const signatures = figures.get('checkpoint_signatures') ?? 0;
	const proofs = figures.get('proofs') ?? 0;
	const neighbours = figures.get('neighbours_checkpoint_signatures') ?? 0;
	account.tell(
		'overlay',
		`${signatures} signatures and ${proofs} proofs came to the relay over the topic overlay, from ${neighbours} neighbours on its ring; ${figures.get('duplicates') ?? 0} messages came twice`,
		{...Object.fromEntries(figures), members: producers.length},
	);
	check(signatures > 0, 'signatures travel over the topic overlay', {signatures});
};

/** Waits for the boundary that closes the period and for all signatures. */
const certified = async (stage: NetworkStage, wanted: number): Promise<CheckpointView> => {
	const {account, events, relay, signal} = stage;
	const closed = await events.waitFor(
		'the end of the period',
		({event}) => event.kind === 'period-closed' && event['period'] === wanted,
		CLOSE_MS_MAX,
	);
	account.tell(
		'period-closed',
		`period ${wanted} closed in block ${closed.blockNo}: state root ${short(String(closed.event['stateRoot']))}, payout root ${short(String(closed.event['payoutRoot']))}`,
		{
			...closed.event,
			blockNo: closed.blockNo,
		},
	);
	let checkpoint: CheckpointView | undefined;
	const progress = account.progress('committee signatures in blocks', stage.producers.length, 'members');
	await until('every member of the committee has signed', SIGN_MS_MAX, signal, async () => {
		checkpoint = (await relay.client.checkpoints()).pending.find(({period}) => period === wanted);
		progress.advance(checkpoint?.signatures.length ?? 0);
		return checkpoint?.signatures.length === stage.producers.length;
	});
	progress.finish();
	check(checkpoint?.certified === true, 'more than two thirds of the stake have signed');
	await tellOverlay(stage);
	return checkpoint;
};

/** The ledger's reason without what changes from run to run and without line breaks. */
const inOneLine = (reason: string): string =>
	reason
		.replace(/ for transactionId "[0-9a-f]+"/, '')
		.replace(/ at :\d+:\d+ - \d+:\d+/, '')
		.replace(/\s+/g, ' ')
		.slice(0, 150);

/** Runs what the ledger must refuse; tells its reason. */
const refused = async (stage: NetworkStage, what: string, attempt: () => Promise<unknown>): Promise<void> => {
	try {
		await attempt();
	} catch (error) {
		if (!(error instanceof NodeError) || error.code !== 'CARDANO_TRANSACTION_REFUSED') throw error;
		const reason = String(error.detail['reason'] ?? error.message);
		stage.account.tell('refused', `${what}: refused by Cardano: ${inOneLine(reason)}`, {what, reason});
		return;
	}
	check(false, `${what} is refused by Cardano`);
};

const weightOf = (checkpoint: CheckpointView, vk: string): bigint =>
	BigInt(checkpoint.committee.find(member => member.vk === vk)?.weight ?? '0');

/** Signatures of 40 % + 20 %: the largest part of the stake that is not more than two thirds. */
const sixtyPercent = (checkpoint: CheckpointView): CheckpointView['signatures'] => {
	const byWeight = checkpoint.signatures.toSorted((a, b) =>
		weightOf(checkpoint, a.vk) < weightOf(checkpoint, b.vk) ? -1 : 1,
	);
	return byWeight.slice(0, 2);
};

const advance = async (stage: NetworkStage, checkpoint: CheckpointView): Promise<void> => {
	const {account, cardano} = stage;
	const part = sixtyPercent(checkpoint);
	const weight = part.reduce((sum, {vk}) => sum + weightOf(checkpoint, vk), 0n);
	const percent = Number((weight * 1000n) / BigInt(checkpoint.totalWeight)) / 10;
	await refused(stage, `a certificate of ${percent} % of the stake`, () =>
		cardano.advance(checkpoint, part, {unchecked: true}),
	);
	const receipt = await cardano.advance(checkpoint, checkpoint.signatures);
	account.tell(
		'checkpoint',
		`checkpoint of period ${checkpoint.period} accepted by Cardano: transaction ${short(receipt.txId)}, ${receipt.bytes} bytes, fee ${ada(receipt.fee)}`,
		{period: checkpoint.period, ...receipt},
	);
	stage.figures.push(['checkpoint on Cardano', `${receipt.bytes} bytes, fee ${ada(receipt.fee)}`]);
	await refused(stage, 'the same certificate once more', () =>
		cardano.advance(checkpoint, checkpoint.signatures, {unchecked: true}),
	);
};

const confirmed = async (stage: NetworkStage, period: number): Promise<void> => {
	const line = await stage.events.waitFor(
		'the checkpoint confirmed in a block of the side-chain',
		({event}) => event.kind === 'checkpoint-confirmed' && event['period'] === period,
		CONFIRM_MS_MAX,
	);
	stage.account.tell(
		'confirmed',
		`block ${line.blockNo} reports the checkpoint: nothing before it can be rolled back`,
		{
			blockNo: line.blockNo,
		},
	);
};

const proofOf = async (stage: NetworkStage, period: number, claimId: string): Promise<PayoutProofView> => {
	const proof = await stage.relay.client.payoutProof({period, claimId});
	check(proof !== undefined, `the payout tree of period ${period} has a leaf for ${claimId}`);
	return proof;
};

const claims = async (
	stage: NetworkStage,
	claimed: Claimed,
	{amount: withdrawn, period}: Withdrawal,
): Promise<void> => {
	const {account, cardano, network, people} = stage;
	const treasuryProof = await proofOf(
		stage,
		period,
		Buffer.from(network.genesis.cardano.treasuryClaimId).toString('hex'),
	);
	const bridgeBefore = await cardano.bridgeBalance();
	const treasury = await cardano.claimTreasury(treasuryProof);
	const share = bridgeBefore - (await cardano.bridgeBalance());
	claimed.lovelace += share;
	check(share === BigInt(treasuryProof.cumulative), "the bridge paid exactly the treasury's leaf", {share});
	account.tell(
		'treasury',
		`the treasury's share of the fees, ${ada(share)}, moved from the bridge to the treasury script: it holds ${ada(await cardano.treasuryBalance())}`,
		{paid: share, txId: treasury.txId},
	);
	const owner = people.providers[0]?.owner;
	const claimId = stage.claims[0];
	if (owner === undefined || claimId === undefined)
		throw new NodeError({code: 'DEMO_CHECK_FAILED', message: 'There is no first provider.'});
	const proof = await proofOf(stage, period, claimId);
	await refused(stage, 'a claim of one lovelace more', () =>
		cardano.claim(owner, proof, {amount: withdrawn + 1n, unchecked: true}),
	);
	const [wallet, bridge] = await Promise.all([cardano.walletBalance(owner), cardano.bridgeBalance()]);
	const receipt = await cardano.claim(owner, proof);
	const paid = bridge - (await cardano.bridgeBalance());
	claimed.lovelace += paid;
	check(paid === withdrawn, 'the bridge pays exactly what was burnt', {paid, withdrawn});
	const walletAfter = await cardano.walletBalance(owner);
	check(walletAfter === wallet + paid - receipt.fee, "the provider's wallet grew by the claim less the fee", {
		wallet,
		walletAfter,
	});
	account.tell(
		'claimed',
		`provider-1 claimed ${ada(paid)} on Cardano with a Merkle proof of ${proof.path.length} hashes (fee ${ada(receipt.fee)})`,
		{...receipt, claimId},
	);
	await refused(stage, 'the same claim once more', () =>
		cardano.claim(owner, proof, {amount: withdrawn, unchecked: true}),
	);
	stage.figures.push(['claim on Cardano', `${receipt.bytes} bytes, fee ${ada(receipt.fee)}`]);
};

/** `withdrawal`: what provider-1 burnt on the side-chain, and in which period. */
export const finishPeriod = async (
	stage: NetworkStage,
	claimed: Claimed,
	withdrawal: Withdrawal,
): Promise<void> => {
	const checkpoint = await certified(stage, withdrawal.period);
	await advance(stage, checkpoint);
	await claims(stage, claimed, withdrawal);
	await confirmed(stage, withdrawal.period);
};
