import type {HeaderHash} from './hash.ts';
import type {BlockNo, Slot} from './slot.ts';

/** A place on a chain: before its first block, or at the block of that slot and hash. */
export type Point = 'origin' | {readonly slot: Slot; readonly hash: HeaderHash};

/** The last block of a chain. */
export type Tip = 'origin' | {readonly slot: Slot; readonly hash: HeaderHash; readonly blockNo: BlockNo};
