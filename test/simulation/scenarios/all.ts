import type {Scenario} from '../scenario.ts';
import {attacks} from './attacks.ts';
import {calm} from './calm.ts';
import {checkpoints} from './checkpoints.ts';
import {skewedClocks} from './clocks.ts';
import {crashes} from './crashes.ts';
import {diskFaults} from './disks.ts';
import {brokenMiddleBox, lossyLinks, slowLinks} from './links.ts';
import {longPartition, partition} from './partitions.ts';

/** Everything that `npm run simulate` plays: faults first, then adversaries. */
export const allScenarios: readonly Scenario[] = [
	calm,
	slowLinks,
	lossyLinks,
	brokenMiddleBox,
	partition,
	longPartition,
	skewedClocks,
	crashes,
	diskFaults,
	checkpoints,
	...attacks,
];
