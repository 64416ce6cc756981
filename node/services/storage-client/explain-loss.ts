/** Why pieces do not come: what was in an agreement that has ended is kept no longer. */
import {NodeError} from '#kernel/node-error';
import type {Holder} from '#pieces/manifest/manifest';
import type {ChainClient} from './chain-client.ts';

type Call = {readonly signal?: AbortSignal};

const hasEnded = async (chain: ChainClient, {agreementId}: Holder, call: Call): Promise<boolean> => {
	const view = await chain.agreement(agreementId, call);
	return view === undefined || (view.details['closedIn'] ?? null) !== null;
};

/** A download that failed for want of pieces, with what the chain says of their agreements; other failures as they are. */
export const explainLoss = async (
	chain: ChainClient,
	holders: readonly Holder[],
	error: unknown,
	call: Call,
): Promise<unknown> => {
	if (!(error instanceof NodeError) || error.code !== 'DOWNLOAD_TOO_FEW_PIECES') return error;
	try {
		const ended = (await Promise.all(holders.map(holder => hasEnded(chain, holder, call)))).filter(Boolean);
		if (ended.length === 0) return error;
		const message = `${error.message} ${ended.length} of its ${holders.length} agreements have ended: what was in them is kept no longer.`;
		return new NodeError({...error.detail, message, agreementsEnded: ended.length}, {cause: error});
	} catch (failure) {
		// The node cannot be asked: the first failure says more.
		if (failure instanceof NodeError || call.signal?.aborted === true) return error;
		throw failure;
	}
};
