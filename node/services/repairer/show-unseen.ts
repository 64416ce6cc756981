import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import {epochOf} from '#ledger/environment';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {isActive} from '../storage-client/active-agreement.ts';
import {amountField} from '../storage-client/chain-client.ts';
import type {RepairContext} from './repair-context.ts';

type Call = {readonly signal?: AbortSignal};

/** The newest revision of each agreement that the tickets have. */
const newestOf = (tickets: readonly RepairTicket[]): readonly SignedRevision[] => {
	const newest = new Map<string, SignedRevision>();
	for (const bytes of tickets.flatMap(({revisions}) => revisions)) {
		const signed = decodeSignedRevision(bytes);
		if (!signed.ok) continue;
		const key = toHex(signed.value.revision.agreementId);
		const before = newest.get(key);
		if (before === undefined || before.revision.revisionNo < signed.value.revision.revisionNo)
			newest.set(key, signed.value);
	}
	return [...newest.values()];
};

/**
 * Posts the revisions that a whole epoch of proofs has not brought to the chain: from then on no forest without as many
 * leaves is proven. Providers that leave out what the chain has never seen would be paid for it as long as its owner is away,
 * and a repairer has no bounty of it. Returns how many there were.
 */
export const showUnseen = async (
	{chain, ports: {control}}: RepairContext,
	tickets: readonly RepairTicket[],
	call: Call,
): Promise<number> => {
	const epoch = epochOf(chain.env.genesis, await chain.currentSlot(call));
	let shown = 0;
	for (const signed of newestOf(tickets)) {
		const {agreementId, revisionNo, validFrom} = signed.revision;
		if (epoch <= validFrom) continue;
		const view = await control.agreement(toHex(agreementId), call);
		if (view === undefined || !isActive(view)) continue;
		if (amountField(view.revisionNo, 'revision number') >= BigInt(revisionNo)) continue;
		try {
			await chain.send({kind: 'revision-post', revision: signed}, call);
			shown++;
		} catch (error) {
			call.signal?.throwIfAborted();
			// A proof was faster, or there is nothing left to pay the fee with: neither keeps from repairing.
			if (!(error instanceof NodeError)) throw error;
		}
	}
	return shown;
};
