import type {Hash32} from '#kernel/hash';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {single} from '../state/reader.ts';
import type {Commitment} from './commitment.ts';
import {forestRootKey} from './forest-root.ts';

/** A commitment is proven: it will be paid, and its root counts for bounties, claims of omission and disputes on Cardano. */
export const proveForest = (draft: Draft, provider: Hash32, commitment: Commitment): void => {
	const {epoch, root, totalLeaves} = commitment;
	const {seed} = single(draft, 'challenge');
	draft.set('commitments', keyOf(provider), {...commitment, proven: true});
	draft.set('forestRoots', forestRootKey(epoch, provider), {root, totalLeaves, seed});
};
