import type {ConformanceKind} from './kind.ts';
import {ambiguities} from './kinds/ambiguities.ts';
import {blockChunk} from './kinds/block-chunk.ts';
import {capturedChains} from './kinds/captured-chains.ts';
import {cardanoBlocks} from './kinds/cardano-blocks.ts';
import {ed25519Edges} from './kinds/ed25519-edges.ts';
import {forkChoiceVectors} from './kinds/fork-choice-vectors.ts';
import {headerCases} from './kinds/header-cases.ts';
import {kesFiles} from './kinds/kes-files.ts';
import {leaderArithmetic} from './kinds/leader-arithmetic.ts';
import {n2nGolden} from './kinds/n2n-golden.ts';
import {n2nMessages} from './kinds/n2n-messages.ts';
import {praosHeaders} from './kinds/praos-headers.ts';
import {tpraosHeaders} from './kinds/tpraos-headers.ts';
import {vouchers} from './kinds/vouchers.ts';
import {vrfAdversarial} from './kinds/vrf-adversarial.ts';
import {vrfVectors} from './kinds/vrf-vectors.ts';

/** Every kind that `dcloud conformance` knows; a file is used by every kind that recognises it. */
export const conformanceKinds: readonly ConformanceKind[] = [
	headerCases,
	leaderArithmetic,
	praosHeaders,
	tpraosHeaders,
	cardanoBlocks,
	blockChunk,
	capturedChains,
	forkChoiceVectors,
	ambiguities,
	vrfVectors,
	vrfAdversarial,
	ed25519Edges,
	vouchers,
	kesFiles,
	n2nMessages,
	n2nGolden,
];
