import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {BlockLink, ChainPlace} from '#node/ports/chain-store';

/** Blocks from `from` (exclusive) up to `to`, from old to new; undefined when one of them is not kept. */
export const pathBetween = (
	blocks: {link(hash: HeaderHash): BlockLink | undefined},
	from: ChainPlace | undefined,
	to: HeaderHash,
): readonly BlockLink[] | undefined => {
	const path: BlockLink[] = [];
	let at: HeaderHash | null = to;
	while (at !== null && !(from !== undefined && equalBytes(at, from.hash))) {
		const link: BlockLink | undefined = blocks.link(at);
		if (link === undefined || (from !== undefined && link.blockNo <= from.blockNo)) return undefined;
		path.push(link);
		at = link.prevHash;
	}
	return at === null && from !== undefined ? undefined : path.reverse();
};
