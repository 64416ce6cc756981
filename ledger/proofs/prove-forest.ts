import type {Hash32} from '#kernel/hash';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {Commitment} from './commitment.ts';
import {forestRootKey} from './forest-root.ts';

/** A commitment is proven: it will be paid, and its root counts for bounties and claims of omission. */
export const proveForest = (draft: Draft, provider: Hash32, commitment: Commitment): void => {
	const {epoch, root, totalLeaves} = commitment;
	draft.set('commitments', keyOf(provider), {...commitment, proven: true});
	draft.set('forestRoots', forestRootKey(epoch, provider), {root, totalLeaves});
};
