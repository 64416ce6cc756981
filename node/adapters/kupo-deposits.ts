import {toHex} from '#kernel/bytes';
import {type AccountId, Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef, McRef} from '#kernel/main-chain-event';
import {depositDatum} from '#onchain/data/money-data';
import {openCardanoIndex} from './cardano-index.ts';
import type {KupoMatch} from './kupo-client.ts';

/** ADA in the bridge that buys credits, and the block that it came with. */
export type BridgeDeposit = {
	readonly outRef: McOutRef;
	readonly account: AccountId;
	readonly amount: Lovelace;
	readonly createdAt: McRef;
};

/** Bridge datum Constr 0 [account]; anything else in the bridge is backing, change or a gift (docs/ONCHAIN.md). */
export const depositOf = ({
	txId,
	index,
	lovelace,
	createdAt,
	datum,
	units,
}: KupoMatch): BridgeDeposit | undefined => {
	const decoded = datum === undefined ? undefined : depositDatum.decode(datum);
	// The bridge never pays from an output that holds anything but ADA, so such a one backs no credit.
	if (!decoded?.ok || units.size > 0) return undefined;
	const {account} = decoded.value;
	return {outRef: {txId, index}, account: Hash28(account), amount: Lovelace(lovelace), createdAt};
};

/** The deposits after a Cardano slot, oldest first. Throws MAIN_CHAIN_UNREACHABLE, MAIN_CHAIN_ANSWER_INVALID. */
export const readBridgeDeposits = async (
	{kupoUrl, bridgeScriptHash}: {readonly kupoUrl: string; readonly bridgeScriptHash: Hash28},
	afterSlot: number,
	signal?: AbortSignal,
): Promise<readonly BridgeDeposit[]> => {
	const query = `created_after=${Math.max(0, afterSlot - 1)}&resolve_hashes&order=oldest_first`;
	const matches = await openCardanoIndex(kupoUrl).matches(`${toHex(bridgeScriptHash)}/*`, query, signal);
	return matches.flatMap(match => {
		const deposit = depositOf(match);
		return deposit === undefined || match.createdAt.slot <= afterSlot ? [] : [deposit];
	});
};
