/** What the hashes of a piece tree begin with, so that none can be taken for another (`crypto/piece-tree-kernel`). */
export const LEAF: Uint8Array = Uint8Array.of(0);
export const NODE: Uint8Array = Uint8Array.of(1);
