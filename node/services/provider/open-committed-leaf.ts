import type {Hasher} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import type {PieceStore} from '#node/ports/piece-store';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import type {WantedOpening} from '../chain/find-opening.ts';
import type {ForestKeeper} from './forest-keeper.ts';
import {openLeaves} from './open-leaves.ts';

export type CommittedLeafPorts = {
	readonly hasher: Hasher;
	readonly store: Pick<PieceStore, 'commitments' | 'open'>;
	readonly forests: Pick<ForestKeeper, 'committed' | 'opened'>;
	readonly trees: Pick<PieceTreeKernel, 'treeLevels'>;
};

/** A leaf of a forest that was committed to, from the pieces on disk; undefined when forest or piece is gone or spoilt. */
export const openCommittedLeaf = async (
	{hasher, store, forests, trees}: CommittedLeafPorts,
	{root, totalLeaves, leaf}: Omit<WantedOpening, 'provider'>,
): Promise<LeafOpening | undefined> => {
	const stored = (await store.commitments()).findLast(each => equalBytes(each.root, root));
	const committed = stored && (await forests.committed(Epoch(stored.epoch), root));
	if (committed === undefined || BigInt(committed.totalLeaves) !== totalLeaves || leaf >= totalLeaves)
		return undefined;
	try {
		const opened = await forests.opened(committed.forest, [leaf]);
		const pieces = await openLeaves({store, trees}, leavesWanted(opened, [leaf]));
		const proof = buildProof(hasher, opened, [leaf], pieces);
		return proof.ok ? proof.value.openings[0] : undefined;
	} catch (error) {
		// Lost pieces are reported by whoever looks after them.
		if (!(error instanceof NodeError)) throw error;
		return undefined;
	}
};
