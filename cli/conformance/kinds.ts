import type {ConformanceKind} from './kind.ts';
import {blockChunk} from './kinds/block-chunk.ts';
import {capturedChains} from './kinds/captured-chains.ts';
import {cardanoBlocks} from './kinds/cardano-blocks.ts';
import {headerCases} from './kinds/header-cases.ts';
import {leaderArithmetic} from './kinds/leader-arithmetic.ts';
import {praosHeaders} from './kinds/praos-headers.ts';

/** Every kind that `dcloud conformance` knows; a file is used by every kind that recognises it. */
export const conformanceKinds: readonly ConformanceKind[] = [
	headerCases,
	leaderArithmetic,
	praosHeaders,
	cardanoBlocks,
	blockChunk,
	capturedChains,
];
