/** What came of it, as the chain tells. */
import {check, type NetworkStage} from '#cli/demo/stage';
import {ada} from '#cli/format';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {epochRevenue} from '#ledger/agreements/agreement';
import {customersOf, HONEST, ofEpoch, PHASE_MS_MAX, type Scene} from './scene.ts';

/** What an agreement pays an epoch. */
const revenueOf = async ({relay}: NetworkStage, agreementId: Hash32): Promise<bigint> => {
	const view = defined(await relay.client.agreement(toHex(agreementId)), 'it is on the chain');
	return epochRevenue({rate: Lovelace(BigInt(view.rate)), capacityLeaves: Number(view.capacityLeaves)});
};

/** What everybody gets of a payment for storage. */
const feeOf = ({network: {genesis}}: NetworkStage, amount: bigint): bigint => {
	const {numerator, denominator} = genesis.parameters.storageFee;
	return (amount * numerator) / denominator;
};

/** Whoever cheated has missed: it is not paid, and loses more than keeping its customer's pieces would have cost. */
export const tellMisses = async (
	{stage, epoch, ...scene}: Scene,
	cheats: readonly {readonly what: string; readonly index: number}[],
): Promise<void> => {
	const {account, events, claims} = stage;
	const ids = cheats.map(({index}) => defined(claims[index], 'there is such a provider'));
	const missed = await events.waitForAll(
		'the misses',
		ofEpoch('missed', epoch, ids),
		ids.length,
		PHASE_MS_MAX,
	);
	for (const [at, {what, index}] of cheats.entries()) {
		const {event, blockNo} = defined(missed.get(ids[at] ?? ''), 'it has missed');
		const saved = await revenueOf(stage, defined(scene.customers.get(index), 'it had pieces').agreementId);
		const slashed = BigInt(String(event['slashed']));
		// Had it kept them it would have been paid; that nobody keeps pieces for less than they earn is taken to be so.
		const payoff = saved - (saved - feeOf(stage, saved)) - slashed;
		account.tell(
			'missed',
			`${what}: missed epoch ${epoch} in block ${blockNo} (${String(event['reason'])}), not paid, slashed ${ada(slashed)}; with all that it may have saved, ${ada(saved)}, its pay-off is −${ada(-payoff)}`,
			{what, epoch, blockNo, slashed, saved, payoff},
		);
		check(event['reason'] === 'no-proof' && payoff < 0n, `${what} does not pay`, {event});
	}
};

export const tellPaid = async (scene: Scene): Promise<void> => {
	const {stage, epoch, unsigned} = scene;
	const ids = [customersOf(scene, HONEST).agreementId, unsigned].map(toHex);
	const paid = await stage.events.waitForAll(
		'the pay of the honest provider',
		({event}) =>
			event.kind === 'storage-paid' && event['epoch'] === epoch && ids.includes(String(event['agreementId']))
				? String(event['agreementId'])
				: undefined,
		ids.length,
		PHASE_MS_MAX,
	);
	const amounts = ids.map(id => BigInt(String(paid.get(id)?.event['amount'] ?? 0)));
	stage.account.tell(
		'paid',
		`the honest provider is paid ${ada(amounts[0] ?? 0n)} for what it keeps, and ${ada(amounts[1] ?? 0n)} by the client that signs nothing`,
		{amounts},
	);
	check(
		amounts.every(amount => amount > 0n),
		'signed or not, capacity is paid for',
	);
};
