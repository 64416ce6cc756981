import {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {loadNode, type MetadataError, settled, type Tree, type TreeRoot, type Walk} from './walk.ts';

function* live(tree: Tree, root: TreeRoot): Walk<readonly Hash32[]> {
	const found: Hash32[] = [];
	const above = root === null ? [] : [root];
	for (let address = above.pop(); address !== undefined; address = above.pop()) {
		found.push(address);
		const node = yield* loadNode(tree, address);
		const children = node.level === 0 ? [] : node.items.map(({value}) => Hash32(value));
		// What is in a leaf is not asked here, so leaves need not be fetched.
		if (node.level === 1) found.push(...children);
		else above.push(...children);
	}
	return found;
}

/** The addresses of all nodes of a tree. Asks for those above the leaves only, and for a root that is a leaf. */
export const liveNodes = (tree: Tree, root: TreeRoot): Walk<Result<readonly Hash32[], MetadataError>> =>
	settled(live(tree, root));
