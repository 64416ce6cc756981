import type {Scenario} from '../scenario.ts';
import {calm} from './calm.ts';

/** Everything that `npm run simulate` plays: faults first, then adversaries. */
export const allScenarios: readonly Scenario[] = [calm];
