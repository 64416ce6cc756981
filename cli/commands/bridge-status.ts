import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {type BridgeDeposit, readBridgeDeposits} from '#node/adapters/kupo-deposits';
import {balanceOf, type ContractReader, createContractReader} from '#node/adapters/lucid/contract-reader';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {CardanoView} from '#node/ports/cardano-api';
import type {ControlClient} from '#node/ports/control-api';
import type {CardanoNetwork} from '#onchain/deployment';
import {accountOf} from '../account-id.ts';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {type DepositOutlook, depositOutlook, type PeriodOutlook, periodOutlook} from '../bridge-outlook.ts';
import {openKupo} from '../cardano-access.ts';
import {ada, short, utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {networkOf, parseId} from '../wallet.ts';

export type PendingDeposit = DepositOutlook & {
	readonly txId: string;
	readonly index: number;
	readonly account: string;
	readonly amount: bigint;
	readonly slot: number;
};

/** Of one claim: all that its owner can take now, and what he took. */
export type ClaimStatus = {readonly claimId: string; readonly claimed: bigint; readonly claimable: bigint};

export type BridgeStatus = {
	readonly cardano: CardanoView;
	/** The newest block that this command's Kupo knows. */
	readonly tipSlot: number;
	/** ADA in the bridge, and what it stands for: credits, and withdrawals that nobody has claimed yet. */
	readonly bridge: bigint;
	readonly credits: bigint;
	readonly pending: readonly PendingDeposit[];
	/** The checkpoint on Cardano that claims are proven against. */
	readonly checkpoint: number;
	readonly period: PeriodOutlook;
	readonly claim: ClaimStatus | undefined;
};

export const pendingDeposit = (
	{outRef, account, amount, createdAt}: BridgeDeposit,
	network: CardanoNetwork,
	seen: {readonly tipSlot: number; readonly stableDepth: number},
): PendingDeposit => ({
	txId: toHex(outRef.txId),
	index: outRef.index,
	account: toHex(account),
	amount,
	slot: createdAt.slot,
	...depositOutlook(network, {...seen, slot: createdAt.slot}),
});

const claimStatus = async (
	claimId: Hash32,
	{
		reader,
		node,
		period,
	}: {readonly reader: ContractReader; readonly node: ControlClient; readonly period: number},
	signal: AbortSignal,
): Promise<ClaimStatus> => {
	const id = toHex(claimId);
	const [{datum}, proof] = await Promise.all([
		reader.claim(claimId, signal),
		node.payoutProof({period, claimId: id}, {signal}),
	]);
	const due = BigInt(proof?.cumulative ?? 0) - datum.claimed;
	return {claimId: id, claimed: datum.claimed, claimable: due > 0n ? due : 0n};
};

export const readBridgeStatus = async (options: Options, signal: AbortSignal): Promise<BridgeStatus> => {
	const [{kupoUrl, deployment}, node] = await Promise.all([openKupo(options), openNode(options)]);
	const only = optionalText(options, 'account');
	const account = only === undefined ? undefined : await accountOf(only);
	const claim = optionalText(options, 'claim');
	const claimId = claim === undefined ? undefined : parseId<Hash32>(claim, 32, 'A claim id');
	const reader = createContractReader(kupoUrl, deployment);
	const [status, {genesis}, money] = await Promise.all([
		node.status({signal}),
		networkOf(await createNativeCrypto(), node),
		node.money({signal}),
	]);
	const {cardano, currentSlot} = status;
	const [tip, deposits, bridge, checkpoint] = await Promise.all([
		openCardanoIndex(kupoUrl).checkpoint(undefined, signal),
		readBridgeDeposits(
			{kupoUrl, bridgeScriptHash: deployment.scripts.bridge.hash},
			cardano.reference.slot,
			signal,
		),
		reader.bridgeMoney(signal),
		reader.checkpoint(signal),
	]);
	const tipSlot = tip?.slot ?? 0;
	const seen = {tipSlot, stableDepth: cardano.stableDepth};
	const {period} = checkpoint.datum;
	return {
		cardano,
		tipSlot,
		bridge: balanceOf(bridge),
		credits: BigInt(money.credits),
		pending: deposits
			.map(deposit => pendingDeposit(deposit, deployment.network, seen))
			.filter(deposit => account === undefined || deposit.account === account),
		checkpoint: period,
		period: periodOutlook(genesis, currentSlot),
		claim: claimId && (await claimStatus(claimId, {reader, node, period}, signal)),
	};
};

const whenText = ({slotsLeft, expectedMs}: DepositOutlook): string =>
	slotsLeft === 0 ? "with the side-chain's next block" : `in ${slotsLeft} slots: about ${utc(expectedMs)}`;

const cardanoText = ({cardano, tipSlot}: BridgeStatus): string =>
	cardano.unreachableSinceMs === null
		? `slot ${tipSlot}; the side-chain knows what happened up to slot ${cardano.reference.slot}`
		: `the node has not reached it since ${utc(cardano.unreachableSinceMs)}: it goes on, deposits and checkpoints wait`;

export const bridgeText = (status: BridgeStatus): string => {
	const {bridge, credits, pending, checkpoint, period, claim, cardano} = status;
	const lines = facts([
		['Cardano', cardanoText(status)],
		['in the bridge', ada(bridge)],
		['credits', ada(credits)],
		['deposits count', `${cardano.stableDepth} slots deep`],
		['claims are paid by', `the checkpoint of period ${checkpoint}`],
		['withdrawals made now', `by that of period ${period.period}, which ends at ${utc(period.endsMs)}`],
		...(claim === undefined
			? []
			: ([
					[
						`claim ${short(claim.claimId)}`,
						`${ada(claim.claimable)} to be claimed now, ${ada(claim.claimed)} claimed`,
					],
				] as const)),
	]);
	const deposits =
		pending.length === 0
			? 'no deposit is on its way'
			: table(
					['deposit', 'account', '>amount', '>slot', '>depth', 'credits'],
					pending.map(deposit => [
						`${short(deposit.txId)}#${deposit.index}`,
						short(deposit.account),
						ada(deposit.amount),
						String(deposit.slot),
						`${Math.min(deposit.depth, cardano.stableDepth)} of ${cardano.stableDepth}`,
						whenText(deposit),
					]),
				);
	return `${lines}\n\n${deposits}`;
};

/** What is on its way over the bridge, in both directions. */
export const showBridge: Verb = async (_words, options, signal) => {
	const status = await readBridgeStatus(options, signal);
	return {data: {...status, claim: status.claim ?? null}, text: bridgeText(status)};
};
