import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Epoch} from '#kernel/slot';
import {keptRevision} from './audit-agreements.ts';
import {amountField, type ChainClient} from './chain-client.ts';

type Call = {readonly signal?: AbortSignal};

/**
 * Ends an agreement without its provider's consent, after the close window: its pieces are lost then. Who closes says that the
 * chain knows the newest revision, and is punished if it does not; so that is posted first. Returns the first epoch that is not paid.
 * Throws AGREEMENT_UNKNOWN, TRANSACTION_REFUSED.
 */
export const closeAgreement = async (
	chain: ChainClient,
	agreementId: Hash32,
	call: Call = {},
): Promise<Epoch> => {
	const id = toHex(agreementId);
	const find = async () => {
		const view = await chain.agreement(agreementId, call);
		if (view !== undefined) return view;
		throw new NodeError({code: 'AGREEMENT_UNKNOWN', message: `The chain has no agreement ${id}.`});
	};
	const view = await find();
	const kept = await keptRevision(chain, id);
	if (
		kept !== undefined &&
		BigInt(kept.revision.revisionNo) > amountField(view.revisionNo, 'revision number')
	)
		await chain.send({kind: 'revision-post', revision: kept}, call);
	await chain.send({kind: 'agreement-close', agreementId, mode: 'client'}, call);
	return (await find()).endEpoch as Epoch;
};
