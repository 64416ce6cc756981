import {compareBytes, equalBytes, toHex} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import {changesBetween, type EntryChange} from './diff-trees.ts';
import {type Edit, editTree, type TreeChange} from './edit-tree.ts';
import type {TreeKey} from './tree-key.ts';
import {type MetadataError, settled, type Tree, type TreeRoot, type Walk} from './walk.ts';

export type Merge = TreeChange & {
	/** Entries that both sides changed, and not alike. */
	readonly conflicts: readonly TreeKey[];
};

const nameOf = ({space, path, version}: TreeKey): string => `${space}/${toHex(path)}/${toHex(version)}`;

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
	a === undefined || b === undefined ? a === b : equalBytes(a, b);

/** What is kept of two different values: what is there over what is not, then the larger bytes. Both sides choose alike. */
const kept = (a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined => {
	if (a === undefined || b === undefined) return a ?? b;
	return compareBytes(a, b) >= 0 ? a : b;
};

function* merge(
	tree: Tree,
	{base, ours, theirs}: {readonly base: TreeRoot; readonly ours: TreeRoot; readonly theirs: TreeRoot},
): Walk<Merge> {
	const own = new Map<string, EntryChange>();
	for (const change of yield* changesBetween(tree, base, ours)) own.set(nameOf(change.key), change);
	const edits: Edit[] = [];
	const conflicts: TreeKey[] = [];
	for (const {key, after} of yield* changesBetween(tree, base, theirs)) {
		const mine = own.get(nameOf(key));
		if (mine === undefined) edits.push({key, value: after});
		else if (!isSame(mine.after, after)) {
			conflicts.push(key);
			edits.push({key, value: kept(mine.after, after)});
		}
	}
	return {...(yield* editTree(tree, ours, edits)), conflicts};
}

/**
 * The changes of two writers that both began with `base`, in one tree; the same whichever of them merges. Two versions
 * of one object are two entries, so both stay and the newer one shows. An entry that one deleted and the other changed
 * stays, so that nothing is lost that somebody wrote.
 */
export const mergeTrees = (
	tree: Tree,
	roots: {readonly base: TreeRoot; readonly ours: TreeRoot; readonly theirs: TreeRoot},
): Walk<Result<Merge, MetadataError>> => settled(merge(tree, roots));
