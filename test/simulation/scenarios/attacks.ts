import type {Scenario} from '../scenario.ts';
import {boastingPeers} from './boasting-peers.ts';
import {censoringLeader} from './censoring-leader.ts';
import {certificateReplay} from './certificate-replay.ts';
import {eclipse} from './eclipse.ts';
import {endlessBatch} from './endless-batch.ts';
import {equivocation} from './equivocation.ts';
import {futureBlocks} from './future-blocks.ts';
import {headerFlood} from './header-flood.ts';
import {invalidTail} from './invalid-tail.ts';
import {longRangeFork} from './long-range-fork.ts';
import {mutePeers} from './mute-peers.ts';
import {nonceGrinding} from './nonce-grinding.ts';
import {nothingAtStake} from './nothing-at-stake.ts';
import {exhaustedKes, oldKesPeriod} from './old-kes-period.ts';
import {privateFork} from './private-fork.ts';
import {selfishWithholding} from './selfish-withholding.ts';
import {invalidBodies, wrongBodies} from './wrong-bodies.ts';

/** Adversaries: first what stake can do, then what wrong bytes can, then what silence can. */
export const attacks: readonly Scenario[] = [
	privateFork,
	longRangeFork,
	selfishWithholding,
	nothingAtStake,
	equivocation,
	nonceGrinding,
	censoringLeader,
	eclipse,
	futureBlocks,
	certificateReplay,
	oldKesPeriod,
	exhaustedKes,
	wrongBodies,
	invalidBodies,
	invalidTail,
	endlessBatch,
	headerFlood,
	mutePeers,
	boastingPeers,
];
