import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {forestRootKey} from '#ledger/proofs/forest-root';
import type {LedgerReader} from '#ledger/state/reader';
import type {PieceStore} from '#node/ports/piece-store';
import {type ForestInclusion, proveInclusion} from '#storage-proofs/forest-piece';
import type {ProviderChain} from './provider-chain.ts';

type CommittedRoot = {readonly root: Hash32; readonly epoch: Epoch};

/** What was committed to for an epoch, as the chain has it. */
const committedRoot = (state: LedgerReader, providerId: Hash32, epoch: Epoch): CommittedRoot | undefined => {
	const root = state.get('forestRoots', forestRootKey(epoch, providerId))?.root;
	return root && {root, epoch};
};

/** Shows where an agreement stood in a forest that this provider has proven; undefined when it was not in it. */
export const rememberInclusion = async (
	{chain, store}: {readonly chain: ProviderChain; readonly store: Pick<PieceStore, 'commitments'>},
	{providerId, agreementId, epoch}: {providerId: Hash32; agreementId: Hash32; epoch: Epoch},
): Promise<ForestInclusion | undefined> => {
	const committed = committedRoot(chain.state(), providerId, epoch);
	if (committed === undefined) return undefined;
	const stored = (await store.commitments()).find(
		each => each.epoch === epoch && equalBytes(each.root, committed.root),
	);
	const leaves = stored?.agreements.map(each => ({
		agreementId: each.agreementId,
		root: each.root,
		leaves: BigInt(each.leaves),
		revisionNo: BigInt(each.revisionNo),
	}));
	return leaves && proveInclusion(chain.env.crypto, leaves, agreementId);
};
