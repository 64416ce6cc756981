/**
 * Loaded before every test file: what properties draw is the same in each run, so that a run says something about the
 * code and not about its luck. `TEST_LUCK=random npm test` looks further; `TEST_LUCK=<number>` repeats what it found.
 */
import fc from 'fast-check';
import {LUCK} from './luck.ts';

fc.configureGlobal({seed: LUCK});
