import type {BlockRange} from './messages.ts';

/** A range that can name blocks at all: it starts at a block and does not run backwards. */
export const isServableRange = ({from, to}: BlockRange): boolean =>
	from !== 'origin' && to !== 'origin' && from.slot <= to.slot;
